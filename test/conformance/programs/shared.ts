/** The programs of the references about sync.Map, sync.Pool and sync/atomic, and what Go panics with. */
import { atomic, chan, type Chan, go, goroutine, Mutex, Pool, println, SyncMap, WaitGroup } from "gosched";

const byAtomic = goroutine(function* byAtomic(n: atomic.Int32, wg: WaitGroup) {
  n.add(1);
  wg.done();
});
const byMutex = goroutine(function* byMutex(mu: Mutex, n: atomic.Int32, wg: WaitGroup) {
  yield* mu.lock();
  n.store(n.load() + 1);
  mu.unlock();
  wg.done();
});
const byCas = goroutine(function* byCas(n: atomic.Int64, wg: WaitGroup) {
  for (;;) {
    const old = n.load();
    if (n.compareAndSwap(old, old + 1n)) break;
  }
  wg.done();
});
const owner = goroutine(function* owner(m: SyncMap<Chan<number>, string>, ch: Chan<number>, done: Chan<boolean>) {
  yield* done.send(m.load(ch) === "the channel's name");
});

const show = (what: string, f: () => void): void => {
  try {
    f();
    println(what, "no panic");
  } catch (e) {
    println(what, (e as Error).message);
  }
};

export const main = goroutine(function* main() {
  // E36
  const m = new SyncMap<number, string>();
  m.store(1, "a");
  println("E36", m.load(1));
  println("E36", m.loadOrStore(1, "c"));
  println("E36", m.loadOrStore(2, "c"));
  const lines: string[] = [];
  m.range((k, v) => lines.push(`${k}:${v}`) > 0);
  println("E36", lines.sort().join(" "));

  // D15
  const d = new SyncMap<string, number>();
  d.store("a", 1);
  println("D15", d.load("a"), d.has("a"));
  const r = d.loadOrStore("a", 2);
  println("D15", r.value, r.loaded);
  d.delete("a");
  println("D15", d.has("a"));
  d.store("b", 2);
  let entries = 0;
  d.range(() => ++entries > 0);
  println("D15", entries);

  // D13, T18
  const pool = new Pool<number | string>();
  for (const v of [1, 2, 3]) pool.put(v);
  const made = (): string => "New";
  println("D13", pool.get(made), pool.get(made), pool.get(made), pool.get(made));

  // T32, S42
  const wg = new WaitGroup();
  const a = new atomic.Int32();
  const b = new atomic.Int32();
  const c = new atomic.Int64();
  const mu = new Mutex();
  for (let i = 0; i < 10_000; i++) {
    wg.add(3);
    go(byAtomic, a, wg);
    go(byMutex, mu, b, wg);
    go(byCas, c, wg);
  }
  yield* wg.wait();
  println("T32", a.load(), b.load());
  println("S42", c.load() === 10_000n);

  // A handle is the same key on every thread.
  const byChan = new SyncMap<Chan<number>, string>();
  const done = chan<boolean>();
  const key = chan<number>();
  byChan.store(key, "the channel's name");
  go(owner, byChan, key, done);
  println("handles", yield* done.recv());

  const v = new atomic.Value<unknown>();
  show("store(undefined):", () => v.store(undefined));
  v.store(1);
  show("store:", () => v.store("x"));
  show("swap:", () => v.swap(true));
  show("compareAndSwap:", () => v.compareAndSwap(1, "x"));
  show("a key:", () => new SyncMap<never, number>().load({} as never));
  show("a value:", () => m.store(1, Symbol("s") as never));
});
