/** Goroutine functions for tests that use the runtime as a library, through `start` and `run`. */
import {
  background,
  Barrier,
  type CancelContext,
  type Chan,
  chan,
  Cond,
  type Context,
  go,
  gomaxprocs,
  goroutine,
  gosched,
  Mutex,
  now,
  Once,
  println,
  runtime,
  RWMutex,
  Semaphore,
  sleep,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gosched";

export const add = goroutine(function* add(a: number, b: number) {
  yield* gosched();
  return a + b;
});

export const same = goroutine(function* same(v: unknown) {
  yield* gosched();
  return v;
});

export const fails = goroutine(function* fails(text: string) {
  yield* gosched();
  throw new RangeError(text);
});

export const failsWithCause = goroutine(function* failsWithCause() {
  yield* gosched();
  throw new Error("outer", { cause: new TypeError("inner", { cause: "at the bottom" }) });
});

export const throws = goroutine(function* throws(v: unknown) {
  throw v;
});

export const returnsFunction = goroutine(function* returnsFunction() {
  return () => 1;
});

/** Its child panics. */
export const child = goroutine(function* child() {
  go(fails, "in the child");
  yield* chan<number>().recv();
});

export const forever = goroutine(function* forever() {
  yield* chan<number>().recv();
});

export const spin = goroutine(function* spin(ms: number) {
  const end = performance.now() + ms;
  let n = 0;
  while (performance.now() < end) n++;
  return n > 0;
});

/** Computes in slices, with chances to go elsewhere. */
export const busy = goroutine(function* busy(turns: number) {
  let x = 1;
  for (let i = 0; i < turns; i++) {
    for (let k = 0; k < 20_000; k++) x = Math.imul(x, 48271) + 1;
    yield* gosched();
  }
  return x;
});

export const sum = goroutine(function* sum(inp: Chan<number>) {
  let total = 0;
  for (let v; (v = yield* inp.recv()) !== undefined;) total += v;
  return total;
});

export const generate = goroutine(function* generate(out: Chan<number>, n: number) {
  for (let i = 1; i <= n; i++) yield* out.send(i);
  out.close();
});

export const makeChannel = goroutine(function* makeChannel() {
  return chan<string>(3);
});

export const makeLocks = goroutine(function* makeLocks() {
  const mu = new Mutex();
  yield* mu.lock();
  return {
    mutex: mu,
    all: [new RWMutex(), new WaitGroup(), new Once(), new Cond(mu), new Semaphore(1), new Barrier(1)],
  };
});

export const useChannel = goroutine(function* useChannel(data: { to: Chan<string> }) {
  yield* data.to.send("from the goroutine");
});

export const fatal = goroutine(function* fatal() {
  go(undefined as never);
});

export const exits = goroutine(function* exits() {
  try {
    runtime.goexit();
  } catch {
    return "caught";
  }
  return "not reached";
});

export const procs = goroutine(function* procs(n: number) {
  const old = yield* gomaxprocs(n);
  return [old, runtime.gomaxprocs()];
});

export const main = goroutine(function* main() {
  yield* gosched();
  return "main's result";
});

export const lonely = goroutine(function* lonely() {
  const wg = new WaitGroup();
  wg.add(1);
  yield* wg.wait();
  println("never");
});

/** Starts n goroutines and counts each of them. */
export const counted = goroutine(function* counted(n: number) {
  const done = chan<number>(16);
  for (let i = 0; i < n; i++) go(one, done, i);
  const seen = new Uint8Array(n);
  let twice = 0;
  for (let i = 0; i < n; i++) twice += seen[(yield* done.recv())!]!++;
  return { all: seen.every((c) => c === 1), twice };
});
const one = goroutine(function* one(done: Chan<number>, i: number) {
  yield* done.send(i);
});

export const neverUsed = goroutine(function* neverUsed() {});

export const givesFunction = goroutine(function* givesFunction() {
  return { f: neverUsed, again: [neverUsed] };
});

export const sleeps = goroutine(function* sleeps(ms: number) {
  const t0 = now();
  yield* sleep(ms);
  return now() - t0;
});

const textOf = (ctx: Context): string => {
  const cause = ctx.cause() as Error & { code?: number };
  return `${ctx.err()!.message}: ${cause.code ?? cause.message ?? String(cause)}`;
};

export const waitsFor = goroutine(function* waitsFor(ctx: Context) {
  yield* ctx.done().recv();
  return textOf(ctx);
});

export const waitsBelow = goroutine(function* waitsBelow(ctx: Context) {
  return yield* waitsFor(withCancel(withTimeout(ctx, 60_000)));
});

export const makesContext = goroutine(function* makesContext() {
  return withCancel(background());
});

export const makesRoot = goroutine(function* makesRoot() {
  return background();
});

export const makesTimeout = goroutine(function* makesTimeout(ms: number) {
  return withTimeout(background(), ms);
});

export const cancels = goroutine(function* cancels(ctx: CancelContext, cause: unknown) {
  ctx.cancel(cause);
});
