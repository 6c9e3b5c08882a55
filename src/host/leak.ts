/**
 * Leak check for tests: goroutines that outlive what started them (after uber-go/goleak).
 *
 * A goroutine that is about to end when a test does is no leak, so the check looks again, at growing intervals, until none is
 * left or the grace period is over. It does not stop the world: a goroutine that waits for ever is seen however the look
 * falls, and one that is seen by chance is gone the next time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type GoroutineInfo, goroutineText } from "../sched/traceback.js";
import type { Runtime } from "./runtime.js";

export interface LeakOptions {
  /** How long goroutines may take to end, in milliseconds. Default: 1000. */
  readonly grace?: number;
  /** Those that may stay: names of goroutine functions, or a predicate. */
  readonly ignore?: readonly string[] | ((g: GoroutineInfo) => boolean);
}

/** Goroutines have outlived the test. The message shows each as Go's dumps do. */
export class LeakError extends Error {
  override readonly name = "LeakError";
  constructor(readonly goroutines: readonly GoroutineInfo[]) {
    const n = goroutines.length;
    super(
      `${n} goroutine${n === 1 ? "" : "s"} outlived the test:\n\n${goroutines.map((g) => goroutineText(g)).join("\n\n")}`,
    );
  }
}

const GRACE_MS = 1000;
/** goleak's longest pause between two looks. */
const MAX_PAUSE_MS = 100;

function ignored(ignore: LeakOptions["ignore"]): (g: GoroutineInfo) => boolean {
  if (typeof ignore === "function") return ignore;
  const names = new Set(ignore);
  return (g) => names.has(g.name);
}

/**
 * Fails if the runtime has goroutines, after `grace` at most. For the end of a test, or of all of them.
 *
 * @throws LeakError (as a rejection) that shows for each goroutine where it waits and where it was created
 * @throws TypeError if `grace` is not a number of milliseconds >= 0
 * @example
 * const forgotten = goroutine(function* forgotten() {
 *   yield* chan().recv();
 * });
 * const rt = await start();
 * void rt.go(forgotten).catch(() => {});
 * await expectNoLeaks(rt, { grace: 50 }).catch((e) => println(e.message.split("\n")[0]));
 * await expectNoLeaks(rt, { ignore: ["forgotten"] });
 * await rt.close();
 * // Output:
 * // 1 goroutine outlived the test:
 */
export async function expectNoLeaks(rt: Runtime, options: LeakOptions = {}): Promise<void> {
  const { grace = GRACE_MS } = options;
  if (typeof grace !== "number" || !(grace >= 0))
    throw new TypeError(`expectNoLeaks: grace is ${String(grace)}; use milliseconds, 0 or more`);
  const skip = ignored(options.ignore);
  const end = performance.now() + grace;
  for (let pause = 1; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    const left = (await rt.goroutines()).filter((g) => !skip(g));
    if (left.length === 0) return;
    const time = end - performance.now();
    if (time <= 0) throw new LeakError(left);
    await sleep(Math.min(pause, time));
  }
}

/**
 * Runs `test` and fails if goroutines that were started meanwhile outlive it. Those that existed before do not count. If `test`
 * itself fails, that is the failure.
 *
 * @returns what `test` returns
 * @throws LeakError (as a rejection), as `expectNoLeaks`
 * @example
 * const add = goroutine(function* add(a: number, b: number) {
 *   return a + b;
 * });
 * const rt = await start();
 * println(await leakCheck(rt, () => rt.go(add, 1, 2)));
 * await rt.close();
 * // Output:
 * // 3
 */
export async function leakCheck<T>(rt: Runtime, test: () => Promise<T> | T, options: LeakOptions = {}): Promise<T> {
  const before = new Set((await rt.goroutines()).map((g) => g.id));
  const result = await test();
  const skip = ignored(options.ignore);
  await expectNoLeaks(rt, { ...options, ignore: (g) => before.has(g.id) || skip(g) });
  return result;
}
