/**
 * `model` and `check`: what users of the checker see.
 */
import { type Chooser, execute, type Outcome, type Rules, type Step } from "./execution.js";
import { Dpor } from "./explore.js";
import { type Body, type Machine, type Violation } from "./machine.js";
import { Memory } from "./memory.js";
import { decodeSchedule, encodeSchedule, Pct, Random, RandomWalk, Replay } from "./strategies.js";

/** The description of a model; `S` is what its set-up hands to its threads. */
export interface ModelOptions<S> {
  /** Words of shared memory, all 0 at first. Default 64. Not used with `memory`. */
  words?: number;
  /** Shared memory made elsewhere; what an execution writes is undone after it. */
  memory?: Int32Array | Memory;
  /** Makes the shared objects, before each execution; operations happen at once. */
  setup?: (m: Memory) => S;
  /** The threads, by name. Each is a generator function; `yield*` stands before each operation. */
  threads: Record<string, (m: Memory, state: S) => Body>;
  /** Looks at the end of each execution whether all is right, and throws if not. */
  check?: (m: Memory, state: S, done: ReadonlySet<string>) => void;
  /** Threads may still sleep at the end; then `check` gets the names of those that are done. Default false: a deadlock. */
  mayBlock?: boolean;
  /** Report plain accesses that race. Default true. */
  races?: boolean;
  /** Steps after which an execution counts as a livelock. Default 2,000. */
  maxSteps?: number;
  /** Sleeps with a time-out that may end early in one execution. Default 1. */
  timeouts?: number;
}

export interface Model {
  readonly name: string;
  readonly options: ModelOptions<unknown>;
}

/** How to search. */
export interface Search {
  /**
   * `exhaustive` (default): all executions that differ; `pct`: random priorities with few changes; `random`: a random walk;
   * `replay`: one schedule.
   */
  strategy?: "exhaustive" | "pct" | "random" | "replay";
  /** Most preemptions in an execution of an exhaustive search. Default: no bound. */
  preemptions?: number;
  /** Stop after so many executions. Default 100,000 (exhaustive), 10,000 (the others). */
  executions?: number;
  /** Stop after so many seconds. Default 60. */
  seconds?: number;
  /** Of `pct` and `random`. Default: the time. */
  seed?: number;
  /** Orderings that a bug may need, for `pct`. Default 3. */
  depth?: number;
  /**
   * Plain reads that race (`racy`) see the oldest value that the language allows, not the newest: engines and processors may
   * reorder plain accesses. Run a model both ways.
   */
  stale?: boolean;
  /** The schedule to replay, as a report prints it. */
  replay?: string;
}

export interface Failure {
  readonly kind: Violation["kind"];
  readonly message: string;
  /** Replays it: the threads in order, `0x3,1,0x2`. */
  readonly replay: string;
  readonly steps: readonly Step[];
  readonly error: Violation;
}

export interface Result {
  readonly name: string;
  /** Executions run to their end. */
  readonly executions: number;
  /** Distinct states seen (by their hash). */
  readonly states: number;
  /** All executions that differ were seen. */
  readonly complete: boolean;
  /** Why not: the bound on preemptions, the limit of executions or of time, a strategy that samples. */
  readonly limit: string | undefined;
  readonly seed: number | undefined;
  readonly violation: Failure | undefined;
}

/**
 * Describes threads on shared memory, to be run in all orders by `check`. Use it for lock-free code: tests of such code pass
 * for years with a bug in it, because the one order that shows it does not come up.
 *
 * Threads are generator functions; each operation on shared words (`m.load`, `m.store`, `m.cas`, `m.wait`, ...) is a
 * `yield*`, and the threads may be interleaved there. Plain accesses (`m.get`, `m.set`) are part of the step around them
 * and are reported if they race.
 *
 * @throws TypeError if there are no threads or more than 8
 * @example
 * import { check, type Memory, model } from "gosched/check";
 *
 * const increment = function* (m: Memory) {
 *   yield* m.store(0, (yield* m.load(0)) + 1);
 * };
 * const lost = model("increments", {
 *   threads: { a: increment, b: increment },
 *   check: (m) => {
 *     if (m.get(0) !== 2) throw new Error(`counted ${m.get(0)}`);
 *   },
 * });
 * println(check(lost).violation!.message);
 * // Output:
 * // counted 1
 */
export function model<S = undefined>(name: string, options: ModelOptions<S>): Model {
  const n = Object.keys(options.threads).length;
  if (n < 1 || n > MAX_THREADS)
    throw new TypeError(`model ${name}: ${n} threads; a model has 1 to ${MAX_THREADS}, and more than 4 take very long`);
  return { name, options: options as unknown as ModelOptions<unknown> };
}
const MAX_THREADS = 8;

/** Executes a model once. */
class Runner {
  readonly machine: Machine;
  private readonly memory: Memory;
  private readonly rules: Rules;
  readonly states = new Set<number>();

  constructor(private readonly model: Model) {
    const o = model.options;
    this.memory = o.memory instanceof Memory ? o.memory : new Memory(o.memory ?? new Int32Array(o.words ?? 64));
    this.machine = this.memory.machine;
    this.machine.races.on = o.races ?? true;
    this.rules = { maxSteps: o.maxSteps ?? 2000, mayBlock: o.mayBlock ?? false };
  }

  run(make: (threads: number) => Chooser, trace?: Step[]): Outcome {
    const o = this.model.options;
    const mark = this.machine.mark();
    try {
      const state = o.setup?.(this.memory);
      const bodies = Object.entries(o.threads).map(([name, f]) => ({ name, body: f(this.memory, state) }));
      this.machine.begin(bodies, o.timeouts ?? 1);
      const done = (): ReadonlySet<string> => new Set(this.machine.threads.filter((t) => t.done).map((t) => t.name));
      const check = (): void => o.check?.(this.memory, state, done());
      return execute(this.machine, make(bodies.length), this.rules, check, this.states, trace);
    } finally {
      this.machine.undo(mark);
    }
  }
}

/** Runs a model in many orders and says what it found. See `Search` for the strategies. */
export function check(m: Model, search: Search = {}): Result {
  const runner = new Runner(m);
  runner.machine.stale = search.stale ?? false;
  if (search.strategy === "replay" || search.replay !== undefined) {
    const schedule = decodeSchedule(search.replay ?? "");
    const names = Object.keys(m.options.threads);
    for (const t of schedule)
      if (t >= names.length)
        throw new RangeError(`replay: there is no thread ${t}; model ${m.name} has ${names.join(", ")}, from 0`);
    const out = runner.run(() => new Replay(schedule));
    return report(m, runner, 1, "one schedule", undefined, out);
  }
  return (search.strategy ?? "exhaustive") === "exhaustive" ? exhaustive(m, runner, search) : sample(m, runner, search);
}

function exhaustive(m: Model, runner: Runner, search: Search): Result {
  const bound = search.preemptions ?? Infinity;
  const most = search.executions ?? 100_000;
  const end = performance.now() + (search.seconds ?? 60) * 1000;
  const among = bound === Infinity ? "" : ` of those with at most ${bound} preemptions`;
  let dpor = new Dpor(bound);
  for (let n = 0; ;) {
    const out = runner.run(() => (dpor.begin(runner.machine), dpor));
    if (!out.pruned) n++;
    if (out.violation !== undefined) return report(m, runner, n, "stopped at the first violation", undefined, out);
    if (n >= most) return report(m, runner, n, `${most} executions${among}`, undefined);
    if (performance.now() > end) return report(m, runner, n, `${search.seconds ?? 60} s${among}`, undefined);
    if (runner.machine.grew) {
      // What was searched did not know of this word: from the start again.
      runner.machine.grew = false;
      dpor = new Dpor(bound);
    } else if (!dpor.next()) return report(m, runner, n, dpor.cut > 0 ? `${bound} preemptions` : undefined, undefined);
  }
}

function sample(m: Model, runner: Runner, search: Search): Result {
  const seed = search.seed ?? Date.now() % 0x7fff_ffff;
  const random = new Random(seed);
  const most = search.executions ?? 10_000;
  const end = performance.now() + (search.seconds ?? 60) * 1000;
  // PCT wants to know how long executions are: as long as the last one.
  let steps = 100;
  const make = (threads: number): Chooser =>
    search.strategy === "pct" ? new Pct(random, threads, steps, search.depth ?? 3) : new RandomWalk(random);
  let n = 0;
  while (n < most && performance.now() < end) {
    const out = runner.run(make);
    n++;
    steps = Math.max(1, out.schedule.length);
    if (out.violation !== undefined) return report(m, runner, n, "stopped at the first violation", seed, out);
  }
  return report(m, runner, n, `${n} samples`, seed);
}

function report(
  m: Model,
  runner: Runner,
  executions: number,
  limit: string | undefined,
  seed: number | undefined,
  out?: Outcome,
): Result {
  const found = out?.violation === undefined ? undefined : failure(runner, out);
  return {
    name: m.name,
    executions,
    states: runner.states.size,
    complete: limit === undefined,
    limit,
    seed,
    violation: found,
  };
}

/** The shortest schedule like this one that still fails, with its steps. */
function failure(runner: Runner, out: Outcome): Failure {
  let best = out.schedule;
  const kind = out.violation!.kind;
  const fails = (s: readonly number[]): number[] | undefined => {
    const o = runner.run(() => new Replay(s));
    return o.violation?.kind === kind ? o.schedule : undefined;
  };
  // Fewer switches: join each run of a thread to its next one, as long as it still fails so.
  for (let again = true, rounds = 0; again && rounds < 50; rounds++) {
    again = false;
    for (const candidate of joined(best)) {
      const s = fails(candidate);
      if (s !== undefined && switches(s) < switches(best)) {
        best = s;
        again = true;
        break;
      }
    }
  }
  const steps: Step[] = [];
  runner.machine.places.tracing = true;
  const last = runner.run(() => new Replay(best), steps);
  runner.machine.places.tracing = false;
  const violation = last.violation ?? out.violation!;
  return { kind: violation.kind, message: violation.message, replay: encodeSchedule(best), steps, error: violation };
}

function switches(s: readonly number[]): number {
  return s.filter((t, i) => i > 0 && t !== s[i - 1]).length;
}

/** Schedules with one switch less: a run moves up to the one of the same thread before it, or the reverse. */
function* joined(s: readonly number[]): Generator<number[]> {
  const starts = s.flatMap((t, i) => (i === 0 || t !== s[i - 1] ? [i] : []));
  for (let k = 0; k < starts.length; k++) {
    const from = starts[k]!;
    const to = starts[k + 1] ?? s.length;
    const run = s.slice(from, to);
    const prev = s.lastIndexOf(s[from]!, from - 1);
    if (prev >= 0) yield [...s.slice(0, prev + 1), ...run, ...s.slice(prev + 1, from), ...s.slice(to)];
    const next = s.indexOf(s[from]!, to);
    if (next >= 0) yield [...s.slice(0, from), ...s.slice(to, next), ...run, ...s.slice(next)];
  }
}
