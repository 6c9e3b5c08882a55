/**
 * Orders of execution that Go's queues fix on one P. Numbers (T01, D03, E05 ...) are those of the catalogues of Go's
 * rules; each case is the catalogue's program, its outputs are in order.test.ts.
 */
import { Chan, chan, go, type GoFunc, goroutine, gosched, Mutex, println, runtime, WaitGroup } from "gosched";

const say = goroutine(function* say(prefix: string, i: number) {
  println(`${prefix}${i}`);
});

const sayDone = goroutine(function* sayDone(prefix: string, i: number, wg: WaitGroup) {
  println(`${prefix}${i}`);
  wg.done();
});

const number = goroutine(function* number(i: number) {
  process.stdout.write(`${i};`);
});

const t01 = goroutine(function* t01() {
  for (let i = 0; i < 10; i++) go(say, "A:  ", i);
  yield* chan<number>().recv();
});

const t03 = goroutine(function* t03() {
  for (let i = 1; i < 259; i++) go(number, i);
  yield* chan<number>().recv();
});

const d02 = goroutine(function* d02() {
  for (let i = 0; i < 300; i++) go(number, i);
  yield* chan<number>().recv();
});

const d01 = goroutine(function* d01() {
  const wg = new WaitGroup();
  wg.add(10);
  for (let i = 0; i < 10; i++) go(sayDone, "d01 ", i, wg);
  yield* wg.wait();
});

const receive = goroutine(function* receive(ch: Chan<number>, name: string) {
  println(name, yield* ch.recv());
});

/** The receiver is woken through runnext, before A and B, which were there first. */
const d03 = goroutine(function* d03() {
  const c = chan<number>();
  go(receive, c, "d03 recv");
  yield* gosched();
  go(say, "d03 A", 0);
  go(say, "d03 B", 0);
  yield* c.send(1);
  yield* gosched();
});

const printAll = goroutine(function* printAll(c: Chan<number>, done: Chan<boolean>) {
  for (let v; (v = yield* c.recv()) !== undefined;) println(`r${v}`);
  yield* done.send(true);
});

const d04 = goroutine(function* d04() {
  const c = chan<number>();
  const done = chan<boolean>();
  go(printAll, c, done);
  for (let i = 0; i < 5; i++) {
    yield* c.send(i);
    println(`s${i}`);
  }
  c.close();
  yield* done.recv();
});

/** Three receivers queue in order; each sent value goes to the one that waited longest. */
const d20 = goroutine(function* d20() {
  const c = chan<string>();
  for (const name of ["r1", "r2", "r3"]) {
    go(function* () {
      println(`d20 ${name}=${yield* c.recv()}`);
    });
    yield* gosched();
  }
  yield* c.send("a");
  yield* c.send("b");
  yield* c.send("c");
  yield* gosched();
  yield* gosched();
});

/** A full buffer and a blocked sender: the receiver takes the oldest, the sender's value goes into the same place. */
const d20b = goroutine(function* d20b() {
  const c = chan<string>(2);
  yield* c.send("x");
  yield* c.send("y");
  go(function* () {
    yield* c.send("z");
    println("d20b z sent");
  });
  yield* gosched();
  println("d20b full", c.len, c.cap);
  println("d20b", yield* c.recv(), c.len);
  println("d20b", yield* c.recv(), c.len);
  println("d20b", yield* c.recv(), c.len);
  yield* gosched();
});

const goRoutineA = goroutine(function* goRoutineA(ch: Chan<number>) {
  println("e01 A received the data", yield* ch.recv());
});
const goRoutineB = goroutine(function* goRoutineB(ch: Chan<number>) {
  println("e01 B received the data", yield* ch.recv());
});
const e01 = goroutine(function* e01() {
  const ch = chan<number>(3);
  go(goRoutineA, ch);
  go(goRoutineB, ch);
  yield* ch.send(3);
  yield* gosched();
  yield* gosched();
});

const produce = goroutine(function* produce(ch: Chan<number>) {
  for (let i = 1; i <= 5; i++) yield* ch.send(i);
});
const e05 = goroutine(function* e05() {
  const ch = chan<number>(5);
  go(produce, ch);
  for (let e; (e = yield* ch.recv()) !== undefined;) {
    println("Get element from chan:", e);
    if (ch.len <= 0) break;
  }
});

const pump = goroutine(function* pump(ch: Chan<number>) {
  for (let i = 1; ; i++) yield* ch.send(i);
});
const e32 = goroutine(function* e32() {
  const ch = chan<number>();
  go(pump, ch);
  println("e32", yield* ch.recv());
});

const locker = goroutine(function* locker(mu: Mutex, i: number) {
  println("begin lock ", i);
  yield* mu.lock();
  println("get locked ", i);
});
/** E33 without its sleeps: who queued first gets the mutex, and keeps it. */
const e33 = goroutine(function* e33() {
  const mu = new Mutex();
  println("begin lock");
  yield* mu.lock();
  println("get locked");
  for (let i = 1; i <= 3; i++) go(locker, mu, i);
  yield* gosched();
  println("Unlock the lock");
  mu.unlock();
  println("get unlocked");
  yield* gosched();
});

const elegance = goroutine(function* elegance(ch: Chan<number>) {
  yield* ch.recv();
  println("receive");
});
const e37 = goroutine(function* e37() {
  const ch = chan<number>(5);
  for (let i = 0; i < 10; i++) {
    yield* ch.send(1);
    println("send");
    go(elegance, ch);
    println("result", i);
  }
});

const e46 = goroutine(function* e46() {
  const wg = new WaitGroup();
  wg.add(2);
  go(sayDone, "Goroutine ", 1, wg);
  go(sayDone, "Goroutine ", 2, wg);
  yield* wg.wait();
  println("e46 waited");
});

/** T15: a closed source is set to nil; the loop ends when both are, without spinning. */
const t15 = goroutine(function* t15() {
  let a = chan<number>(1);
  let b = chan<number>(1);
  yield* a.send(1);
  yield* b.send(2);
  a.close();
  b.close();
  let turns = 0;
  const nil = Chan.nil<number>();
  while (a !== nil || b !== nil) {
    turns++;
    const r = a.tryRecv() ?? b.tryRecv()!;
    if (r.ok) println("t15", r.value);
    else if (a !== nil) a = nil;
    else b = nil;
  }
  println("t15 turns", turns);
});

/** T29: the value goes to the waiting receiver past the empty buffer. */
const t29 = goroutine(function* t29() {
  const ch = chan<number>(3);
  go(receive, ch, "t29 got");
  yield* gosched();
  yield* ch.send(1);
  println("t29 len", ch.len);
  yield* gosched();
});

/** T30 */
const t30 = goroutine(function* t30() {
  const c1 = chan<object>();
  const c2 = chan<boolean>();
  go(function* () {
    println("t30", yield* c1.recv());
    yield* c2.send(false);
  });
  yield* c1.send({});
  println("t30", yield* c2.recv());
});

/** close readies all receivers, the last first, as Go's closechan does: the first becomes runnext. */
const closing = goroutine(function* closing() {
  const c = chan<number>();
  for (let i = 0; i < 4; i++) go(receive, c, `closed ${i}:`);
  yield* gosched();
  c.close();
  yield* gosched();
});

/** T08 */
const t08 = goroutine(function* t08() {
  const wg = new WaitGroup();
  wg.add(11);
  for (let i = 0; i < 11; i++) go(sayDone, "", i, wg);
  yield* wg.wait();
});

/** T09 */
const t09 = goroutine(function* t09() {
  println(runtime.gomaxprocs());
});

const all: Record<string, GoFunc<[], void>> = { t01, t03, d02, t08, t09 };
const quiet = [d01, d03, d04, d20, d20b, e01, e05, e33, e46, t15, t29, t30, closing, e32, e37];

export const main = goroutine(function* main() {
  const name = process.argv[2]!;
  if (name !== "quiet") yield* all[name]!();
  else for (const f of quiet) yield* f();
});
