/** Goroutine functions that tests start from the host. */
import { setTimeout as later } from "node:timers/promises";
import { type Chan, chan, go, goroutine, hostFunctions, type Suspend, wait } from "gosched";

export const waits = goroutine(function* waits(v: number) {
  return yield* wait(later(1, v));
});
export const waitsForEver = goroutine(function* waitsForEver() {
  yield* wait(new Promise(() => {}));
});
export const outside = (): unknown => wait(Promise.resolve(1)).next();

/** What the test exposes. */
export interface Api {
  add(a: number, b: number): number;
  later(v: unknown): Promise<unknown>;
  fails(what: unknown): never;
  never(): Promise<void>;
  chanOf(): unknown;
  code(): never;
  unfit(): () => void;
  missing(): void;
}
const host = hostFunctions<Api>();

export const callsHost = goroutine(function* callsHost(name: keyof Api, args: unknown[]) {
  const f = host[name] as (...args: unknown[]) => Generator<Suspend, unknown, unknown>;
  return yield* f(...args);
});

/** Two locals live across the calls, which need not stay on one thread. */
const adds = goroutine(function* adds(n: number, out: Chan<number>) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = yield* host.add(sum, i);
  yield* out.send(sum);
});
export const many = goroutine(function* many(gs: number, n: number) {
  const out = chan<number>();
  for (let i = 0; i < gs; i++) go(adds, n, out);
  const sums = [];
  for (let i = 0; i < gs; i++) sums.push((yield* out.recv())!);
  return sums;
});
export const sendsHandle = goroutine(function* sendsHandle() {
  const ch = chan<number>(1);
  yield* ch.send(42);
  const same = (yield* host.later({ ch })) as { ch: Chan<number> };
  return yield* same.ch.recv();
});
export const sendsUnfit = goroutine(function* sendsUnfit() {
  try {
    yield* host.later(() => 1);
    return "crossed";
  } catch (e) {
    return (e as Error).message;
  }
});
