/** Programs in which all goroutines are asleep, one for each way to wait. Marks such as `// @send` name lines for the test. */
import { Chan, chan, go, type GoFunc, goroutine, gosched, Mutex, println, runtime, select, WaitGroup } from "gosched";

const cases: Record<string, GoFunc<[], void>> = {
  /** T10, E06 */
  send: goroutine(function* send() {
    const ch = chan<number>();
    yield* ch.send(1); // @send
    println("hello word");
  }),
  /** T11 */
  sendString: goroutine(function* sendString() {
    const ch1 = chan<string>();
    yield* ch1.send("hello"); // @sendString
    println("hello word");
  }),
  recv: goroutine(function* recv() {
    println(yield* chan<number>().recv()); // @recv
  }),
  /** E08 */
  sendFull: goroutine(function* sendFull() {
    const ch = chan<number>(3);
    for (let i = 0; i < 4; i++) yield* ch.send(i); // @sendFull
  }),
  /** T12 */
  recvNil: goroutine(function* recvNil() {
    yield* Chan.nil<number>().recv(); // @recvNil
  }),
  sendNil: goroutine(function* sendNil() {
    yield* Chan.nil<number>().send(1); // @sendNil
  }),
  recvOkNil: goroutine(function* recvOkNil() {
    yield* Chan.nil<number>().recvOk(); // @recvOkNil
  }),
  selectNothing: goroutine(function* selectNothing() {
    yield* select({}); // @selectNothing
  }),
  selectBoth: goroutine(function* selectBoth() {
    yield* select({ a: chan<number>(), b: chan<number>().onSend(1) }); // @selectBoth
  }),
  selectNils: goroutine(function* selectNils() {
    yield* select({ a: Chan.nil<number>(), b: Chan.nil<number>() }); // @selectNils
  }),
  selectNil: goroutine(function* selectNil() {
    yield* select({ a: Chan.nil<number>() }); // @selectNil
  }),
  selectOne: goroutine(function* selectOne() {
    yield* select({ a: chan<number>().onSend(1) }); // @selectOne
  }),
  waitGroup: goroutine(function* waitGroup() {
    const wg = new WaitGroup();
    wg.add(1);
    yield* wg.wait(); // @waitGroup
  }),
  mutex: goroutine(function* mutex() {
    const mu = new Mutex();
    yield* mu.lock();
    yield* mu.lock(); // @mutex
  }),
  /** A finally block of a goroutine that never goes on does not run. */
  unwound: goroutine(function* unwound() {
    try {
      yield* chan<number>().recv(); // @unwound
    } finally {
      println("finally");
    }
  }),
};

const leaf = goroutine(function* leaf(ch: Chan<number>) {
  return yield* ch.recv(); // @leaf
});

const middle = goroutine(function* middle(ch: Chan<number>) {
  return (yield* leaf(ch))! + 1; // @middle
});

const locked = goroutine(function* locked(ch: Chan<number>) {
  runtime.lockOSThread();
  yield* ch.recv(); // @locked
});

/** One goroutine for each reason, started from different functions. */
const many = goroutine(function* many() {
  const ch = chan<number>();
  const full = chan<number>(1);
  yield* full.send(0);
  const mu = new Mutex();
  yield* mu.lock();
  const wg = new WaitGroup();
  wg.add(1);
  go(middle, ch); // @goMiddle
  go(function* () {
    yield* full.send(1); // @func1
  });
  go(function* () {
    yield* mu.lock(); // @func2
  });
  go(function* () {
    yield* Chan.nil<number>().send(1); // @func3
  });
  go(locked, ch); // @goLocked
  yield* gosched();
  yield* wg.wait(); // @many
});

/** Main ends by Goexit while others wait. */
const goexit = goroutine(function* goexit() {
  go(middle, chan<number>());
  yield* gosched();
  try {
    runtime.goexit();
  } catch {
    println("catch saw it");
  } finally {
    println("finally");
  }
});
const goexitAlone = goroutine(function* goexitAlone() {
  runtime.goexit();
});
/** Goexit of main is no end: the program goes on until the others are done or asleep. */
const goexitOthers = goroutine(function* goexitOthers() {
  go(function* () {
    for (let i = 0; i < 3; i++) yield* gosched();
    println("the other one is done");
  });
  runtime.goexit();
});

/** A hundred and one goroutines in a ring, each waiting for the next one. */
const ring = goroutine(function* ring() {
  const first = chan<number>();
  let from = first;
  for (let i = 0; i < 100; i++) {
    const to = chan<number>();
    const inp = from;
    go(function* () {
      yield* to.send((yield* inp.recv())!);
    });
    from = to;
  }
  yield* from.recv();
});

Object.assign(cases, { many, goexit, goexitAlone, goexitOthers, ring });

export const main = goroutine(function* main() {
  yield* cases[process.argv[2]!]!(); // @run
});
