/**
 * One execution: threads take steps, as a chooser says, until all are done or nobody can go on.
 *
 * It ends in a violation when a thread throws, when it races, when the steps run out (livelock), when somebody still sleeps
 * although nobody is left to wake it (deadlock; a lost wake-up if the word has changed since), or when the check at the
 * end throws.
 */
import { type Machine, mix, placeOf, type Thread, Violation } from "./machine.js";

/** A step that was taken, for reports. */
export interface Step {
  readonly thread: string;
  readonly op: string;
  /** File and line of the operation. */
  readonly place: string;
  /** The text of that line. */
  readonly source: string;
}

/** Says which thread goes on: `runnable` are bits, never 0. -1: this execution need not go on. */
export interface Chooser {
  choose(machine: Machine, runnable: number): number;
  /** After the step of thread `id`. */
  took?(machine: Machine, id: number): void;
}

export interface Outcome {
  readonly violation: Violation | undefined;
  /** The threads in the order of their steps. */
  readonly schedule: number[];
  /** Cut short by the chooser: an equal execution was seen before. */
  readonly pruned: boolean;
}

export interface Rules {
  readonly maxSteps: number;
  /** Threads may be left asleep at the end: the check looks whether that is right. */
  readonly mayBlock: boolean;
}

/** Distinct states are counted up to this many. */
const STATES_MAX = 2_000_000;

/** Runs the threads that `machine.begin` has set up. `states`: hashes of the states that were seen. */
export function execute(
  machine: Machine,
  chooser: Chooser,
  rules: Rules,
  check: () => void,
  states: Set<number>,
  trace?: Step[],
): Outcome {
  const schedule: number[] = [];
  const histories = machine.threads.map(() => 0);
  let pruned = false;
  const violation = attempt(() => {
    for (;;) {
      const runnable = machine.runnable();
      if (runnable === 0) break;
      if (schedule.length >= rules.maxSteps)
        throw new Violation("livelock", `no end after ${rules.maxSteps} steps: ${unfinished(machine)}`);
      const id = chooser.choose(machine, runnable);
      if (id < 0) {
        pruned = true;
        return;
      }
      const t = machine.threads[id]!;
      if (trace !== undefined) {
        const { at, text } = machine.place(placeOf(t));
        const op = t.asleep ? `time-out, word ${t.a}` : machine.describe(t);
        trace.push({ thread: t.name, op, place: at, source: text });
      }
      schedule.push(id);
      const site = t.site;
      machine.step(id);
      if (machine.failed !== undefined) throw machine.failed;
      histories[id] = mix(histories[id]!, site);
      if (states.size < STATES_MAX)
        states.add(
          mix(
            machine.hash,
            histories.reduce((h, x) => mix(h, x), 0),
          ),
        );
      chooser.took?.(machine, id);
    }
    const asleep = machine.threads.filter((t) => !t.done);
    if (asleep.length > 0 && !rules.mayBlock) throw stuck(machine, asleep);
    check();
  });
  return { violation, schedule, pruned };
}

function attempt(f: () => void): Violation | undefined {
  try {
    f();
    return undefined;
  } catch (e) {
    if (e instanceof Violation) return e;
    const text = e instanceof Error ? e.message : String(e);
    const v = new Violation(e instanceof Error && e.name === "AssertionError" ? "assertion" : "exception", text);
    if (e instanceof Error) v.stack = e.stack ?? "";
    return v;
  }
}

function unfinished(machine: Machine): string {
  return machine.threads
    .filter((t) => !t.done)
    .map((t) => `${t.name} is at ${machine.describe(t)}`)
    .join("; ");
}

function stuck(machine: Machine, asleep: readonly Thread[]): Violation {
  // It went to sleep on a value that is not there any more, and nobody has told it.
  const lost = asleep.filter((t) => machine.words[t.a] !== t.x);
  if (lost.length > 0)
    return new Violation(
      "lost wake-up",
      lost.map((t) => `${t.name} sleeps on word ${t.a} for ${t.x}, which is ${machine.words[t.a]} by now`).join("; "),
    );
  return new Violation("deadlock", unfinished(machine));
}
