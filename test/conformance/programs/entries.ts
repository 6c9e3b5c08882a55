/** Programs of the catalogues that belong to no larger family. Each is named after its entry; outputs are in entries.test.ts. */
import {
  atomic,
  type Chan,
  chan,
  defer,
  go,
  goroutine,
  gosched,
  panic,
  println,
  recover,
  returned,
  runtime,
  select,
  Semaphore,
  sleep,
  Ticker,
  WaitGroup,
} from "gosched";

const say = goroutine(function* say(prefix: string, i: number, said: WaitGroup) {
  println(`${prefix}${i}`);
  said.done();
});

/** The last one first, then in order; a timer is no deadlock. */
const qaT02 = goroutine(function* qaT02() {
  const said = new WaitGroup();
  said.add(10);
  for (let i = 0; i < 10; i++) go(say, "A:  ", i, said);
  yield* sleep(50);
  yield* said.wait();
});

const articlesE27 = goroutine(function* articlesE27() {
  const ch = chan<null>();
  go(function* () {
    println("start working");
    yield* sleep(20);
    yield* ch.send(null);
  });
  yield* ch.recv();
  println("finished");
});

const shout = goroutine(function* shout(i: number, wg: WaitGroup) {
  println("i:", i);
  wg.done();
});

/** In Go the WaitGroup is copied and main waits for ever; here there is only the one. */
const articlesE29 = goroutine(function* articlesE29() {
  const wg = new WaitGroup();
  wg.add(5);
  for (let i = 0; i < 5; i++) go(shout, i, wg);
  yield* wg.wait();
  println("waited");
});

const articlesE31 = goroutine(function* articlesE31() {
  const said = new WaitGroup();
  said.add(4);
  for (let i = 1; i < 5; i++) go(say, "", i, said);
  yield* said.wait();
});

const task = goroutine(function* task(slots: Semaphore, wg: WaitGroup) {
  yield* sleep(1000);
  println("continue", runtime.numGoroutine());
  slots.release();
  wg.done();
});

/** Twenty tasks of a second each in a pool of five. */
const articlesE38 = goroutine(function* articlesE38() {
  println("begin", runtime.numGoroutine());
  const slots = new Semaphore(5);
  const wg = new WaitGroup();
  wg.add(20);
  for (let i = 0; i < 20; i++) {
    yield* slots.acquire();
    go(task, slots, wg);
  }
  yield* wg.wait();
  while (runtime.numGoroutine() > 1) yield* gosched();
  println("done", runtime.numGoroutine());
});

const increment = goroutine(function* increment(i: number, counter: atomic.Int32, wg: WaitGroup) {
  let spins = 0;
  for (;;) {
    const old = counter.load();
    if (counter.compareAndSwap(old, old + 1)) break;
    spins++;
  }
  println("thread", i, spins >= 0);
  wg.done();
});
const articlesE48 = goroutine(function* articlesE48(n: number) {
  const counter = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(n);
  for (let i = 0; i < n; i++) go(increment, i, counter, wg);
  yield* wg.wait();
  println("counter", counter.load());
});

const f1 = goroutine(function* f1() {
  defer(() => {
    returned.value++;
  });
  return 0;
});
const f2 = goroutine(function* f2() {
  let t = 5;
  defer(() => {
    t += 5;
  });
  return t;
});
const f3 = goroutine(function* f3() {
  defer((r: number) => void (r += 5), 1);
  return 1;
});
const articlesE44 = goroutine(function* articlesE44() {
  println(yield* f1(), yield* f2(), yield* f3());
});

const ranges = goroutine(function* ranges(in_: Chan<number>, done: Chan<boolean>) {
  for (let i; (i = yield* in_.recv()) !== undefined;) println("Process", i);
  yield* done.send(true);
});

/** The three ways for a goroutine to end: the channel is closed, select sees it closed, a signal to stop. */
const articlesE45 = goroutine(function* articlesE45() {
  const work = chan<number>();
  const done = chan<boolean>();
  go(ranges, work, done);
  for (let i = 1; i <= 3; i++) yield* work.send(i);
  work.close();
  yield* done.recv();
  const ended = chan<number>();
  ended.close();
  const ticker = new Ticker(3_600_000);
  const r = yield* select({ work: ended, tick: ticker.c });
  println(r.case, r.case === "work" && r.ok);
  ticker.stop();
});

const notesT20 = goroutine(function* notesT20() {
  const ch = chan<number>(2);
  yield* ch.send(7);
  ch.close();
  for (let i = 0; i < 2; i++) {
    const { value, ok } = yield* ch.recvOk();
    println(value, ok);
  }
  for (const again of [() => ch.close(), () => ch.trySend(1)]) {
    try {
      again();
    } catch (e) {
      println((e as Error).message);
    }
  }
});

const g = goroutine(function* g() {
  defer(() => println("deferred in g"));
  panic("boom");
});
const notesT26 = goroutine(function* notesT26() {
  go(g);
  yield* sleep(10_000);
  println("main goes on");
});

const below = goroutine(function* below() {
  println("nested below:", String(recover()));
});
const notesT27 = goroutine(function* notesT27() {
  println("outside:", String(recover()));
  yield* guarded();
});
const guarded = goroutine(function* guarded() {
  defer(() => println("deferred:", String(recover())));
  defer(function* () {
    yield* below();
  });
  panic("p");
});

const programs: Record<string, () => Generator<any, void, any>> = {
  qaT02,
  articlesE27,
  articlesE29,
  articlesE31,
  articlesE38,
  articlesE48: () => articlesE48(5),
  articlesE44,
  articlesE45,
  notesT20,
  notesT26,
  notesT27,
};

export const main = goroutine(function* main() {
  for (const name of process.argv.slice(2)) {
    println(`== ${name}`);
    yield* programs[name]!();
  }
});
