/** The programs of the references about sync, and Go's rules about locks, one for each name. Times are turned into yields. */
import {
  atomic,
  Barrier,
  Chan,
  chan,
  Cond,
  go,
  type GoFunc,
  goroutine,
  gosched,
  Mutex,
  Once,
  println,
  runtime,
  RWMutex,
  Semaphore,
  WaitGroup,
} from "gosched";

/** Lets all others run until they wait. */
const settle = goroutine(function* settle() {
  for (let i = 0; i < 200; i++) yield* gosched();
});

// ---------------------------------------------------------------- counting (T32, T13, T14)

const counted = goroutine(function* counted(mu: Mutex, cell: Chan<number>, rounds: number, wg: WaitGroup) {
  for (let i = 0; i < rounds; i++) {
    yield* mu.lock();
    // Nobody else may be between the two: a lost update would show in the sum.
    const n = cell.tryRecv()!.value!;
    if (i % 16 === 0) yield* gosched();
    cell.trySend(n + 1);
    mu.unlock();
  }
  wg.done();
});

const count = goroutine(function* count(goroutines: number, rounds: number) {
  const mu = new Mutex();
  const cell = chan<number>(1);
  yield* cell.send(0);
  const wg = new WaitGroup();
  wg.add(goroutines);
  for (let i = 0; i < goroutines; i++) go(counted, mu, cell, rounds, wg);
  yield* wg.wait();
  return (yield* cell.recv())!;
});

const counts = goroutine(function* counts() {
  println("T32:", yield* count(10_000, 1));
  println("T14:", yield* count(200, 250));
  println("T13:", yield* count(2, 5050));
});

// ---------------------------------------------------------------- E33: three wait for a locked mutex

const locker = goroutine(function* locker(i: number, mu: Mutex, begun: WaitGroup, got: WaitGroup) {
  println("begin lock ", i);
  begun.done();
  yield* mu.lock();
  println("get locked ", i);
  got.done();
});

const e33 = goroutine(function* e33() {
  const mu = new Mutex();
  println("begin lock");
  yield* mu.lock();
  println("get locked");
  const begun = new WaitGroup();
  const got = new WaitGroup();
  begun.add(3);
  got.add(1);
  for (let i = 1; i <= 3; i++) go(locker, i, mu, begun, got);
  yield* begun.wait();
  yield* settle();
  println("Unlock the lock");
  mu.unlock();
  println("get unlocked");
  yield* got.wait();
});

// ---------------------------------------------------------------- E35: readers, then a writer

const reader = goroutine(function* reader(i: number, rw: RWMutex, got: WaitGroup, leave: Chan<void>, said: WaitGroup) {
  println("try to lock for reading", i);
  yield* rw.rLock();
  println("get locked", i);
  got.done();
  yield* leave.recv();
  println("try to unlock", i);
  rw.rUnlock();
  println("unlocked", i);
  said.done();
});

const e35 = goroutine(function* e35() {
  const rw = new RWMutex();
  const got = new WaitGroup();
  const leave = chan<void>();
  const said = new WaitGroup();
  got.add(5);
  said.add(5);
  for (let i = 0; i < 5; i++) go(reader, i, rw, got, leave, said);
  yield* got.wait();
  println("try to lock for writing");
  leave.close();
  yield* rw.lock();
  println("locked for writing");
  // The last one to leave may say so after that.
  yield* said.wait();
});

// ---------------------------------------------------------------- E46: two goroutines and Wait

const hello = goroutine(function* hello(i: number, wg: WaitGroup) {
  println("Goroutine", i);
  wg.done();
});

const e46 = goroutine(function* e46() {
  const wg = new WaitGroup();
  wg.add(2);
  go(hello, 1, wg);
  go(hello, 2, wg);
  yield* wg.wait();
});

// ---------------------------------------------------------------- what all of them hold

const once = goroutine(function* once(o: Once, ran: Chan<number>, wg: WaitGroup) {
  yield* o.do(slowly, ran);
  // Nobody passes before the function has ended.
  if (ran.len !== 1) println("passed too early");
  wg.done();
});
const slowly = goroutine(function* slowly(ran: Chan<number>) {
  for (let i = 0; i < 20; i++) yield* gosched();
  if (!ran.trySend(1)) println("ran twice");
});
const throws = goroutine(function* throws() {
  yield* gosched();
  throw new RangeError("in the function");
});
const exits = goroutine(function* exits() {
  yield* gosched();
  runtime.goexit();
});
const leaves = goroutine(function* leaves(o: Once, wg: WaitGroup) {
  try {
    yield* o.do(exits);
  } finally {
    wg.done();
  }
});

const onces = goroutine(function* onces() {
  const o = new Once();
  const ran = chan<number>(10);
  const wg = new WaitGroup();
  wg.add(1000);
  for (let i = 0; i < 1000; i++) go(once, o, ran, wg);
  yield* wg.wait();
  println("once under 1000:", ran.len);
  const p = new Once();
  try {
    yield* p.do(throws);
  } catch (e) {
    println("once:", String(e));
  }
  yield* p.do(throws);
  println("a panic counts as done");
  const x = new Once();
  wg.add(1);
  go(leaves, x, wg);
  yield* wg.wait();
  yield* x.do(exits);
  println("Goexit counts as done");
  const c = new Once();
  const base = 40;
  yield* c.do(function* () {
    yield* gosched();
    println("a closure:", base + 2);
  });
  const q = new Once();
  try {
    yield* q.do(1 as never);
  } catch (e) {
    println(String(e));
  }
});

/** Counter misuse that Go finds, and that can be caught. */
const misuse = goroutine(function* misuse() {
  const wg = new WaitGroup();
  const tries: [string, () => void][] = [
    ["done at 0", () => new WaitGroup().done()],
    ["add(-1) at 0", () => new WaitGroup().add(-1)],
    ["release of a free semaphore", () => new Semaphore(3).release()],
    ["acquire more than there is", () => void [...new Semaphore(3).acquire(4)]],
    ["a negative semaphore", () => new Semaphore(-1)],
    ["a barrier for nobody", () => new Barrier(0)],
    ["a Cond of a plain object", () => new Cond({} as never)],
    // Were one of these numbers an address, it would be written to.
    ["a Cond of a number", () => new Cond(512 as never)],
    ["a Mutex with a number", () => new (Mutex as any)(512)],
    ["an Int32 with a number", () => new (atomic.Int32 as any)(512)],
    ["a Semaphore with two numbers", () => println(new (Semaphore as any)(3, true).tryAcquire(4))],
    ["a channel by new", () => new (Chan as any)(512)],
  ];
  for (const [name, f] of tries) {
    try {
      f();
      println(`${name}: nothing`);
    } catch (e) {
      println(`${name}: ${String(e)}`);
    }
  }
  wg.add(1);
  go(reuser, wg);
  try {
    yield* wg.wait();
    println("reuse: not noticed");
  } catch (e) {
    println(`reuse: ${String(e)}`);
  }
});
const reuser = goroutine(function* reuser(wg: WaitGroup) {
  wg.done();
  wg.add(1);
});

// ---------------------------------------------------------------- fairness

/** Who has had so many turns for each one of the other's gives up: the test fails then. */
const TURNS = 100;
const PATIENCE = 5000;

/** Holds the mutex whenever anyone else runs: whoever is woken finds it locked. */
const hog = goroutine(function* hog(mu: Mutex, had: atomic.Int32, stop: atomic.Int32) {
  while (stop.load() === 0 && had.add(1) < TURNS * PATIENCE) {
    yield* mu.lock();
    yield* gosched();
    work();
    mu.unlock();
  }
});
/** A few microseconds. */
function work(): number {
  let s = 0;
  for (let i = 0; i < 5000; i++) s = (s * 31 + i) | 0;
  return s;
}

/** Reads all the time: two of them, and there is always one in there. */
const bookworm = goroutine(function* bookworm(rw: RWMutex, had: atomic.Int32, stop: atomic.Int32) {
  while (stop.load() === 0 && had.add(1) < TURNS * PATIENCE) {
    yield* rw.rLock();
    yield* gosched();
    rw.rUnlock();
  }
});
const scribe = goroutine(function* scribe(rw: RWMutex, had: atomic.Int32, stop: atomic.Int32) {
  while (stop.load() === 0 && had.add(1) < TURNS * PATIENCE) {
    yield* rw.lock();
    yield* gosched();
    rw.unlock();
  }
});

const fair = goroutine(function* fair() {
  const mu = new Mutex();
  const rw = new RWMutex();
  const [a, b, c] = [new atomic.Int32(), new atomic.Int32(), new atomic.Int32()];
  let stop = new atomic.Int32();
  go(hog, mu, a, stop);
  for (let i = 0; i < TURNS; i++) {
    yield* mu.lock();
    mu.unlock();
    yield* gosched();
  }
  stop.store(1);
  println("a hog:", a.load() < TURNS * PATIENCE);
  stop = new atomic.Int32();
  for (let i = 0; i < 3; i++) go(bookworm, rw, b, stop);
  for (let i = 0; i < TURNS; i++) {
    yield* rw.lock();
    rw.unlock();
    yield* gosched();
  }
  stop.store(1);
  println("a writer among readers:", b.load() < TURNS * PATIENCE);
  yield* rw.lock();
  rw.unlock();
  stop = new atomic.Int32();
  for (let i = 0; i < 3; i++) go(scribe, rw, c, stop);
  for (let i = 0; i < TURNS; i++) {
    yield* rw.rLock();
    rw.rUnlock();
    yield* gosched();
  }
  stop.store(1);
  println("a reader among writers:", c.load() < TURNS * PATIENCE);
});

/** References: alone, inside of data, locked or not. */
const echo = goroutine(function* echo(inp: Chan<unknown>, out: Chan<unknown>) {
  for (let v = yield* inp.recv(); v !== undefined; v = yield* inp.recv()) yield* out.send(v);
});
const references = goroutine(function* references() {
  const there = chan<unknown>();
  const back = chan<unknown>();
  go(echo, there, back);
  const mu = new Mutex();
  yield* mu.lock();
  const rw = new RWMutex();
  const all = [mu, rw, rw.rLocker(), new WaitGroup(), new Once(), new Cond(mu), new Semaphore(2), new Barrier(2)];
  let same = 0;
  for (const h of all) {
    yield* there.send(h);
    if ((yield* back.recv()) === h) same++;
  }
  yield* there.send({ deep: [{ all }], again: mu });
  const data = (yield* back.recv()) as { deep: [{ all: unknown[] }]; again: Mutex };
  println(
    "same:",
    same,
    data.deep[0].all.every((h, i) => h === all[i]),
    data.again === mu,
    data.again.tryLock(),
  );
  data.again.unlock();
  println("unlocked:", mu.tryLock(), (all[5] as Cond).l === mu);
  there.close();
});

/** Waiters on each kind of lock, then nobody is left to wake them: Go's report. */
const blocked: Record<string, GoFunc<[], void>> = {
  mutex: goroutine(function* mutexTwice() {
    const mu = new Mutex();
    yield* mu.lock();
    yield* mu.lock();
  }),
  readThenWrite: goroutine(function* readThenWrite() {
    const rw = new RWMutex();
    yield* rw.rLock();
    yield* rw.lock();
  }),
  writeThenRead: goroutine(function* writeThenRead() {
    const rw = new RWMutex();
    yield* rw.lock();
    yield* rw.rLock();
  }),
  waitGroup: goroutine(function* waitGroup() {
    const wg = new WaitGroup();
    wg.add(1);
    yield* wg.wait();
  }),
  once: goroutine(function* onceInOnce() {
    const o = new Once();
    yield* o.do(inner, o);
  }),
  cond: goroutine(function* condAlone() {
    const mu = new Mutex();
    yield* mu.lock();
    yield* new Cond(mu).wait();
  }),
  semaphore: goroutine(function* semaphoreTwice() {
    const sem = new Semaphore(1);
    yield* sem.acquire();
    yield* sem.acquire();
  }),
  barrier: goroutine(function* barrierAlone() {
    yield* new Barrier(2).wait();
  }),
};
const inner = goroutine(function* inner(o: Once): Generator<any, void, any> {
  yield* o.do(inner, o);
});

/** Fatal errors: Go's throw. */
const fatal: Record<string, GoFunc<[], void>> = {
  // E34, D14, T31: a deferred recover does not see it.
  unlock: goroutine(function* unlockTwice() {
    try {
      const mu = new Mutex();
      yield* mu.lock();
      println("get locked");
      mu.unlock();
      println("lock is unlocked");
      mu.unlock();
    } catch {
      println("Try to recover the panic");
    }
  }),
  rwUnlock: goroutine(function* rwUnlock() {
    new RWMutex().unlock();
  }),
  rUnlock: goroutine(function* rUnlock() {
    new RWMutex().rUnlock();
  }),
  rUnlockOfWriter: goroutine(function* rUnlockOfWriter() {
    const rw = new RWMutex();
    yield* rw.lock();
    rw.rUnlock();
  }),
  condWait: goroutine(function* condWait() {
    yield* new Cond(new Mutex()).wait();
  }),
};

const simple: Record<string, GoFunc<[], void>> = { counts, e33, e35, e46, onces, misuse, references, fair };

/** `blocked NAME`, `fatal NAME`, or all the others one after the other. */
export const main = goroutine(function* main() {
  const [kind, name] = process.argv.slice(2);
  if (kind === "blocked" || kind === "fatal") {
    yield* (kind === "blocked" ? blocked : fatal)[name!]!();
    return;
  }
  for (const each of Object.keys(simple)) {
    println(`== ${each}`);
    yield* simple[each]!();
  }
});
