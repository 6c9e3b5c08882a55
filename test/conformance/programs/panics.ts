/** Programs that end by a panic or a fatal error, one for each. Marks such as `// @sendClosed` name lines for the test. */
import { type Chan, chan, go, type GoFunc, goroutine, gosched, Mutex, println, WaitGroup } from "gosched";

const plain: any = () => {};

const thrower = goroutine(function* thrower(name: unknown) {
  yield* gosched();
  throw thrown[name as string];
});

const inner = goroutine(function* inner(n: number): any {
  if (n > 0) {
    yield* inner(n - 1); // @recursion
    return;
  }
  yield* gosched();
  throw new RangeError("too far"); // @inner
});

const outer = goroutine(function* outer() {
  yield* inner(2); // @outer
});

const blocked = goroutine(function* blocked(ch: Chan<number>) {
  yield* ch.send(1); // @blocked
});

const endless = goroutine(function* endless(n: number): any {
  return (yield* endless(n + 1)) + 1;
});

const cases: Record<string, GoFunc<[], void>> = {
  /** T13, E09 */
  sendClosed: goroutine(function* sendClosed() {
    const ch = chan<number>(3);
    yield* ch.send(1);
    ch.close();
    yield* ch.send(2); // @sendClosed
    println("not reached");
  }),
  trySendClosed: goroutine(function* trySendClosed() {
    const ch = chan<number>(3);
    ch.close();
    ch.trySend(1); // @trySendClosed
  }),
  closeClosed: goroutine(function* closeClosed() {
    const ch = chan<number>();
    ch.close();
    ch.close(); // @closeClosed
  }),
  /** A sender that was blocked before the close. */
  blockedSender: goroutine(function* blockedSender() {
    const ch = chan<number>();
    go(blocked, ch);
    yield* gosched();
    ch.close();
    yield* chan<number>().recv();
  }),
  makechan: goroutine(function* makechan() {
    chan(-1); // @makechan
  }),
  waitGroup: goroutine(function* waitGroup() {
    new WaitGroup().done(); // @waitGroup
  }),
  /** T31, E34: cannot be recovered. */
  unlock: goroutine(function* unlock() {
    const mu = new Mutex();
    yield* mu.lock();
    mu.unlock();
    try {
      mu.unlock(); // @unlock
    } catch {
      println("caught");
    } finally {
      println("finally");
    }
  }),
  /** T33, D07 */
  nilFunc: goroutine(function* nilFunc() {
    let f: GoFunc<[], void> | undefined;
    try {
      go(f!); // @nilFunc
    } catch {
      println("caught");
    }
  }),
  stackOverflow: goroutine(function* stackOverflow() {
    yield* endless(0);
  }),
  outOfMemory: goroutine(function* outOfMemory() {
    const keep = chan<string>(100_000);
    for (let i = 0; ; i++) yield* keep.send(String(i % 10).repeat(1_000_000)); // @outOfMemory
  }),
  main: goroutine(function* main() {
    throw new TypeError("in main"); // @main
  }),
  spawned: goroutine(function* spawned() {
    go(outer);
    yield* chan<number>().recv();
  }),
  inPlace: goroutine(function* inPlace() {
    go(function* () {
      throw new Error("in place"); // @inPlace
    });
    yield* chan<number>().recv();
  }),
  notPortable: goroutine(function* notPortable() {
    const ch = chan<any>();
    yield* ch.send(Symbol("secret")); // @notPortable
  }),
};

/** Recoverable ones: caught, and the program goes on. */
const caught = goroutine(function* caught() {
  const ch = chan<any>(1);
  ch.close();
  const tries: [string, () => unknown][] = [
    ["close", () => ch.close()],
    ["trySend", () => ch.trySend(1)],
    ["makechan", () => chan(-1)],
    ["WaitGroup", () => new WaitGroup().add(-1)],
    ["go with a function", () => go(thrower as any, () => 1)],
    ["go with a symbol", () => go(thrower as any, Symbol("secret"))],
    ["go with a WeakMap", () => go(thrower as any, new WeakMap())],
    ["go with data that holds a function", () => go(thrower as any, { deep: [{ handler: function handler() {} }] })],
    ["go with a socket", () => go(thrower as any, process.stdin)],
    ["go of a plain function", () => go(plain)],
    ["go of a number", () => go(1 as any)],
  ];
  for (const [name, f] of tries) {
    try {
      f();
      println(`${name}: nothing`);
    } catch (e) {
      println(`${name}: ${(e as Error).name}: ${(e as Error).message}`);
    }
  }
  const open = chan<any>();
  for (const v of [() => 1, Symbol("s"), new WeakMap(), Promise.resolve(1)]) {
    try {
      yield* open.send(v);
    } catch (e) {
      println(`send: ${(e as Error).name}: ${(e as Error).message}`);
    }
  }
  println("still here");
});

Object.assign(cases, { caught });

/** By name: what cannot be cloned is made in the goroutine. */
const thrown: Record<string, unknown> = {
  string: "a string",
  number: 42,
  null: null,
  undefined: undefined,
  bigint: 10n,
  object: { code: 7 },
  error: new Error("boom"),
  named: new RangeError("named"),
  bare: Object.create(null),
  function: function cannotBeCloned() {},
};

export const main = goroutine(function* main() {
  const [name, what] = process.argv.slice(2);
  if (name !== "throw")
    yield* cases[name!]!(); // @run
  else {
    go(thrower, what!);
    yield* chan<number>().recv();
  }
});
