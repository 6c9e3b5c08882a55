/** `gosched stress --faults`: the stress test in the build with failpoints (src/arena/failpoint.ts). */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Random, seedOf } from "./random.js";

/** Named faults that a program survives, and how likely each is: its result must be right all the same. */
const HARMLESS: Record<string, number> = { delay: 0.01, cas: 0.1, wake: 0.1 };
/** Faults that end it. */
const DEADLY = ["kill", "alloc"] as const;
type Deadly = (typeof DEADLY)[number];

interface Faults {
  /** GOSCHED_FAULTS for programs that survive. */
  harmless: string;
  deadly: Deadly | undefined;
}

/** @throws Error for a fault that does not exist */
export function parseFaults(text: string, seed: number): Faults {
  const names = text.split(",");
  const deadly = DEADLY.find((d) => names.includes(d));
  if (deadly !== undefined && names.length > 1) throw new Error(`--faults ${text}: ${deadly} stands alone`);
  const wrong = names.find((n) => n !== deadly && HARMLESS[n] === undefined);
  if (wrong !== undefined)
    throw new Error(
      `--faults ${text}: there is no ${wrong}; use some of ${Object.keys(HARMLESS).join(", ")}, or ${DEADLY.join(" or ")}`,
    );
  return { harmless: [`seed=${seed}`, ...names.map((n) => `${n}=${HARMLESS[n]}`)].join(","), deadly };
}

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The same command in the build with failpoints, with the same arguments. Its exit code. */
export function withFaults(faults: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // This is dist/stress/faults.js.
    const child = spawn(process.execPath, [at("../faults/dist/src/cli/main.js"), ...process.argv.slice(2)], {
      stdio: "inherit",
      env: { ...process.env, GOSCHED_FAULTS: faults },
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** A process has so many runs, then the next one begins: what a run leaves behind must not add up. */
const BATCH = 20;
/** From the thread's end to that of the run. */
const LIMIT_MS = 5000;
/** A run in which nothing goes wrong for so long is no run: the thread has not come to its failpoint. */
const VAIN_MS = 20_000;

/** Every run must end by itself, with this error. */
const EXPECTED: Record<Deadly, RegExp> = {
  kill: /^a thread of the runtime died: |^the network poller/,
  alloc: /out of memory/,
};

/** One run, as it travels to the process that runs it (victim.ts). */
export interface Doom {
  seed: number;
  procs: number;
  /** GOSCHED_FAULTS. */
  faults: string;
  /** As a library, with a host that goes on bringing work; else as a program. */
  open: boolean;
}

/** What that process prints: run number `n` has ended, with the text of its error. */
const ENDED = /^ended (\d+): (.*)$/;

function doom(kind: Deadly, seed: number, procs: readonly number[]): Doom {
  const r = new Random(seed);
  const n = r.pick(procs);
  // From the first steps of a thread to some seconds of work: each order of magnitude as often.
  const order = 10 ** (r.below(4300) / 1000);
  const which = r.below(12);
  const who = which === 0 ? "sysmon" : which === 1 ? "netpoll" : `M${r.below(n)}`;
  const count = Math.ceil(which < 2 ? order / 100 : order);
  // With a lock in its hands now and then: others wait for it then. There are far fewer of these.
  const kill = `kill=${who}@${r.below(3) === 0 ? `${1 + r.below(300)}@lock: held` : count}`;
  // An mcache asks for more about once in a hundred allocations.
  const fault = kind === "kill" ? kill : `alloc=${10 ** (-r.below(2000) / 1000)}`;
  // A delay now and then, so that the others stand in many places when it happens.
  return { seed, procs: n, open: r.below(2) === 0, faults: `seed=${seed},delay=0.002,${fault}` };
}

interface Deaths {
  runs: number;
  /** Runs in which the thread never came to its failpoint. */
  vain: number;
  /** The longest time from the fault to the end of the run, in milliseconds. */
  slowest: number;
  /** By failpoint: how many threads died there. */
  places: Map<string, number>;
  /** What went wrong, with the seed. */
  failures: string[];
}

/** Runs of which each must end with an error, until there are `runs` or the time is up. The first failure ends it. */
async function deaths(
  kind: Deadly,
  o: { runs: number; seconds: number; seed: number; procs: readonly number[] },
): Promise<Deaths> {
  const all: Deaths = { runs: 0, vain: 0, slowest: 0, places: new Map(), failures: [] };
  const end = performance.now() + o.seconds * 1000;
  for (let k = 0; all.runs < o.runs && all.failures.length === 0 && performance.now() < end;) {
    const n = Math.min(BATCH, o.runs - all.runs);
    const list = Array.from({ length: n }, () => doom(kind, seedOf(o.seed, k++), o.procs));
    await batch(kind, list, all, end);
  }
  return all;
}

/** One process. */
function batch(kind: Deadly, list: Doom[], all: Deaths, end: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [at("../faults/dist/stress/victim.js"), JSON.stringify(list)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let n = 0;
    let died = 0;
    let text: string[] = [];
    let timer: NodeJS.Timeout | undefined;
    const fail = (what: string): void => {
      const d = list[n]!;
      all.failures.push(
        [
          `${what}: seed ${d.seed} procs ${d.procs} ${d.open ? "as a library" : "as a program"}, GOSCHED_FAULTS=${d.faults}`,
          ...text.slice(-20),
        ].join("\n  "),
      );
      child.kill("SIGKILL");
    };
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          if (died > 0) fail(`not over ${LIMIT_MS / 1000} s after the fault`);
          else {
            all.vain++;
            child.kill("SIGKILL");
          }
        },
        died > 0 ? LIMIT_MS : VAIN_MS,
      );
    };
    const fault = (): void => {
      died = performance.now();
      watch();
    };
    watch();
    createInterface({ input: child.stderr }).on("line", (line) => {
      text.push(line);
      const place = /^failpoint: \w+ dies at (.*)$/.exec(line)?.[1];
      if (place !== undefined) {
        all.places.set(place, (all.places.get(place) ?? 0) + 1);
        fault();
      }
      if (kind === "alloc" && died === 0 && EXPECTED.alloc.test(line)) fault();
      const ended = ENDED.exec(line);
      if (ended === null) return;
      if (!EXPECTED[kind].test(ended[2]!)) fail(`ended with "${ended[2]}"`);
      all.runs++;
      all.slowest = Math.max(all.slowest, performance.now() - died);
      n++;
      died = 0;
      text = [];
      if (performance.now() > end) child.kill("SIGKILL");
      else watch();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (n < list.length && signal === null) fail(`the process ended with code ${code}`);
      resolve();
    });
  });
}

/** `gosched stress --faults kill` or `alloc`. False if a run did not end as it must. */
export async function doomed(
  kind: Deadly,
  o: { runs: number; seconds: number; seed: number; procs: readonly number[] },
): Promise<boolean> {
  console.log(`stress: seed ${o.seed}`);
  const d = await deaths(kind, o);
  const places = [...d.places].sort((a, b) => b[1] - a[1]).map(([place, n]) => `  ${String(n).padStart(5)}  ${place}`);
  if (places.length > 0) console.log(["threads died at", ...places].join("\n"));
  for (const f of d.failures) console.error(`FAILED: ${f}`);
  if (d.failures.length > 0) {
    const seed = /seed (\d+)/.exec(d.failures[0]!)![1];
    console.error(`again: gosched stress --faults ${kind} --seed ${seed} --procs ${o.procs.join(",")} --programs 1`);
    return false;
  }
  const vain = d.vain > 0 ? `; in ${d.vain} more no thread came to its failpoint` : "";
  console.log(`ok: ${d.runs} runs, each ended with its error, the slowest after ${Math.round(d.slowest)} ms${vain}`);
  return true;
}
