import { type ChildProcess, spawn } from "node:child_process";

/**
 * Fresh processes that each print one line of JSON, and the certainty that none of them outlives this one: a child is
 * killed when its time is over, and all of them when this process ends, Ctrl-C included.
 */

export interface Command {
  file: string;
  args: readonly string[];
  /** What runs, for messages. */
  label: string;
  timeoutMs: number;
}

/** A child that failed, hung, or printed something else than its result. */
export class ChildError extends Error {
  override name = "ChildError";
}

const alive = new Set<ChildProcess>();
let watching = false;

/** Runs the command and returns what its last line of output says. */
export async function measure(command: Command): Promise<unknown> {
  killWithUs();
  const { file, args, label, timeoutMs } = command;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: environment() });
  alive.add(child);
  let out = "";
  let err = "";
  let late = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out = tail(out + text, RESULT_LENGTH)));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err = tail(err + text)));
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  try {
    const ending = await new Promise<string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    if (late) throw new ChildError(`${label}: no result after ${timeoutMs / 1000} s, killed${said(err)}`);
    if (ending !== "exit code 0") throw new ChildError(`${label}: ended with ${ending}${said(err || out)}`);
    return result(label, out, err);
  } finally {
    clearTimeout(timer);
    alive.delete(child);
  }
}

function result(label: string, out: string, err: string): unknown {
  const line = out.trimEnd().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new ChildError(`${label}: printed no result${said(out + err)}`);
  }
}

/** Settings that would make the two sides differ from what a user gets are not passed on. */
function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ["GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG", "NODE_OPTIONS"]) delete env[name];
  return env;
}

/** A result with the histograms and timelines of a trial is some 100 kB. */
const RESULT_LENGTH = 2 ** 22;
/** Of what a child says when it fails. */
const MESSAGE_LENGTH = 4000;

const tail = (text: string, length = MESSAGE_LENGTH): string => text.slice(-length);

const said = (text: string): string => (text.trim() === "" ? "" : `\n${tail(text).trimEnd().replace(/^/gm, "    ")}`);

function killWithUs(): void {
  if (watching) return;
  watching = true;
  const killAll = (): void => alive.forEach((child) => child.kill("SIGKILL"));
  process.on("exit", killAll);
  const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
  for (const [signal, number] of Object.entries(numbers)) {
    process.on(signal, () => process.exit(128 + number));
  }
}
