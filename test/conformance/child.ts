/** Child processes for tests: the command line and plain scripts, with a deadline, so that a hang is a failure with a text. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const programs = fileURLToPath(new URL("programs/", import.meta.url));
const CLI = `${root}dist/src/cli/main.js`;

// The cache of compiled modules is this build's own: another compiler's output would be tested else. Threads and children
// inherit it.
process.env["GOSCHED_CACHE"] ??= path.join(tmpdir(), `gosched-test-${buildHash()}`);

function buildHash(): string {
  const hash = createHash("sha256").update(readFileSync(`${root}dist/src/compiler/compile.js`));
  for (const chunk of readdirSync(`${root}dist/chunks`).sort()) hash.update(chunk);
  return hash.digest("hex").slice(0, 16);
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Longest life in milliseconds; far above what a loaded machine needs. */
  deadline?: number;
  /** Called with the child, to send signals. */
  started?: (child: ReturnType<typeof spawn>) => void;
}

/** No reports of goroutines that keep their P: on a busy machine any of them may seem to. */
export const QUIET = { GOSCHED_DEBUG: "hold=0" };

/** Runs node with these arguments to its end. Rejects if it outlives the deadline, with all that it wrote. */
export function node(args: string[], options: ChildOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env: NodeJS.ProcessEnv = { ...process.env, ...QUIET, ...options.env };
    // What the test runner sets for itself is no part of a user's environment.
    for (const name of ["NODE_OPTIONS", "GOMAXPROCS", "GOSCHED_COMPILE"])
      if (options.env?.[name] === undefined) delete env[name];
    const child = spawn(process.execPath, args, { cwd: options.cwd ?? root, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (s: string) => (stdout += s));
    child.stderr.setEncoding("utf8").on("data", (s: string) => (stderr += s));
    const deadline = options.deadline ?? 90_000;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(
        new Error(`still alive after ${deadline} ms: ${args.join(" ")}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`),
      );
    }, deadline);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
    options.started?.(child);
  });
}

/** The command line. */
export function gosched(args: string[], options: ChildOptions = {}): Promise<Ended> {
  return node([CLI, ...args], options);
}

export interface CliOptions extends ChildOptions {
  procs?: number;
  /** Further options of `gosched run`. */
  flags?: string[];
}

/** `gosched run FILE --procs N -- ARGS`; a file without a slash is one of the conformance programs. */
export function cli(file: string, args: string[] = [], options: CliOptions = {}): Promise<Ended> {
  const full = file.includes("/") ? file : programs + file;
  const procs = options.procs === undefined ? [] : ["--procs", String(options.procs)];
  return gosched(
    ["run", full, ...procs, ...(options.flags ?? []), ...(args.length > 0 ? ["--", ...args] : [])],
    options,
  );
}

/** What a program printed under headings `== name`: the lines under each. */
export function sections(stdout: string): Map<string, string[]> {
  const all = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of stdout.trimEnd().split("\n")) {
    if (line.startsWith("== ")) all.set(line.slice(3), (lines = []));
    else lines.push(line);
  }
  return all;
}

/** The first block of a report (its text), then the blocks of the goroutines, each a list of lines without absolute folders. */
export function blocks(stderr: string): string[][] {
  return stderr
    .trimEnd()
    .split("\n\n")
    .map((b) => b.split("\n").map((l) => l.replaceAll(programs, "").replaceAll(root, "")));
}

/** `FILE:LINE` of the mark `// @name` in a program, as reports show it; `offset` lines away from it. */
export function at(file: string, name: string, offset = 0): string {
  const lines = readFileSync(programs + file, "utf8").split("\n");
  const n = lines.findIndex((l) => l.endsWith(`// @${name}`));
  if (n < 0) throw new Error(`no mark @${name} in ${file}`);
  return `${file}:${n + 1 + offset}`;
}
