/** Goroutines that block their threads: `gosched run syscalls.ts -- WHAT ...`; prints what it saw, the test judges. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { atomic, chan, type Chan, go, goroutine, gosched, println, runtime, syscall, WaitGroup } from "gosched";

const cell = new Int32Array(new SharedArrayBuffer(4));
/** Blocks the thread, as a native call does. */
const block = (ms: number): void => void Atomics.wait(cell, 0, 0, ms);
/** What ends a call that waits for the others. A file, because inside of the call there is no P, and so nothing else to look at. */
const DOOR = path.join(tmpdir(), `gosched-door-${process.pid}`);
/** If they do not come, it ends all the same, and the test sees that. */
const PATIENCE_MS = 20_000;
const untilOpen = (): void => {
  for (const end = performance.now() + PATIENCE_MS; !existsSync(DOOR) && performance.now() < end;) block(5);
};
const [what = "", n = "0"] = process.argv.slice(2);

/** Counts its turns until it is told to end. */
const counter = goroutine(function* counter(quit: Chan<boolean>, turns: atomic.Int32) {
  while (quit.tryRecv() === undefined) {
    turns.add(1);
    yield* gosched();
  }
});

/** Started before the call, and parked at it: it goes on on another thread. */
const answers = goroutine(function* answers(ask: Chan<number>, answer: Chan<number>) {
  let sum = 0;
  for (let v = yield* ask.recv(); v !== undefined; v = yield* ask.recv()) {
    sum += v;
    yield* answer.send(sum);
  }
});
/** Runs while the other one is in its call, looks whether that is so, and lets it return. */
const asks = goroutine(function* asks(back: atomic.Int32, turns: atomic.Int32, done: Chan<string>) {
  const ask = chan<number>();
  const answer = chan<number>();
  go(answers, ask, answer);
  let last = 0;
  for (let i = 1; i <= 1000; i++) {
    yield* ask.send(i);
    last = (yield* answer.recv())!;
  }
  ask.close();
  // With one P each of these is a turn for the counter, if it has a thread that it may run on.
  const before = turns.load();
  for (let i = 0; i < 200; i++) yield* gosched();
  yield* done.send(`sum ${last}\nwhile blocked ${back.load() === 0}\nturns ${turns.load() - before > 100}`);
  writeFileSync(DOOR, "");
});

/** Blocks for so many milliseconds, or without a number until somebody opens the door. */
const blocker = goroutine(function* blocker(
  ms: number | undefined,
  known: boolean,
  back: atomic.Int32,
  done: Chan<string>,
) {
  let calls = 0;
  const from = runtime.threadId();
  if (known) yield* syscall.blocking(() => (calls++, ms === undefined ? untilOpen() : block(ms)));
  else yield* syscall(() => (calls++, ms === undefined ? untilOpen() : block(ms)));
  back.add(1);
  yield* done.send(`calls ${calls}, same thread ${from === runtime.threadId()}`);
});

/** While one blocks the only P's thread, the others of that P go on. */
const others = goroutine(function* others(known: boolean) {
  const done = chan<string>(2);
  const quit = chan<boolean>(1);
  const [back, turns] = [new atomic.Int32(), new atomic.Int32()];
  rmSync(DOOR, { force: true });
  go(counter, quit, turns);
  while (turns.load() === 0) yield* gosched();
  go(asks, back, turns, done);
  // Started last, it runs first.
  go(blocker, undefined, known, back, done);
  println(yield* done.recv());
  println(yield* done.recv());
  yield* quit.send(true);
  rmSync(DOOR, { force: true });
});

/** So many at the same time: each needs a thread of its own. */
const sleeper = goroutine(function* sleeper(ms: number, wg: WaitGroup) {
  yield* syscall(() => block(ms));
  wg.done();
});
const many = goroutine(function* many(count: number, ms: number) {
  const wg = new WaitGroup();
  wg.add(count);
  for (let i = 0; i < count; i++) go(sleeper, ms, wg);
  yield* wg.wait();
  println("all back");
});

const short = goroutine(function* short(count: number, out: Chan<number>) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += yield* syscall(() => i);
  yield* out.send(sum);
});

const throws = goroutine(function* throws() {
  const order: string[] = [];
  try {
    yield* syscall(() => {
      block(30);
      throw new RangeError("disk on fire");
    });
  } catch (e) {
    order.push(`caught ${(e as Error).message}`);
  } finally {
    order.push("finally");
  }
  for (const f of [() => chan(1), () => go(short, 1, null as never), (): unknown => new WaitGroup()])
    try {
      yield* syscall(f as () => unknown);
    } catch (e) {
      order.push((e as Error).message.replace(/;.*/, ""));
    }
  try {
    yield* syscall(3 as never);
  } catch (e) {
    order.push((e as Error).message.replace(/;.*/, ""));
  }
  try {
    void (yield* syscall(async () => 1));
  } catch (e) {
    order.push((e as Error).message.replace(/,.*/, ""));
  }
  println(order.join("\n"));
  yield* syscall(() => {
    throw new Error("nobody catches this");
  });
});

const locked = goroutine(function* locked(out: Chan<number>) {
  runtime.lockOSThread();
  const me = runtime.threadId();
  let moved = 0;
  for (let i = 0; i < 20; i++) {
    yield* syscall(() => block(3));
    if (runtime.threadId() !== me) moved++;
    yield* gosched();
    if (runtime.threadId() !== me) moved++;
  }
  yield* out.send(moved);
});

export const main = goroutine(function* main() {
  switch (what) {
    case "others":
      yield* others(n === "known");
      break;
    case "many":
      yield* many(Number(n), 400);
      break;
    case "short": {
      const out = chan<number>(4);
      for (let i = 0; i < 4; i++) go(short, Number(n), out);
      let sum = 0;
      for (let i = 0; i < 4; i++) sum += (yield* out.recv())!;
      println(sum);
      break;
    }
    case "throws":
      yield* throws();
      break;
    case "locked": {
      const out = chan<number>();
      const quit = chan<boolean>(1);
      const turns = new atomic.Int32();
      go(counter, quit, turns);
      go(locked, out);
      println("moved", yield* out.recv());
      yield* quit.send(true);
      println("turns", turns.load() > 20);
      break;
    }
    case "deadlock": {
      const never = chan<number>();
      yield* syscall(() => block(50));
      yield* never.recv();
      break;
    }
    case "exit":
      go(counter, chan<boolean>(1), new atomic.Int32());
      yield* syscall(() => process.exit(7));
      break;
    case "leave":
      // Main returns while others are in system calls, come back from some, and loop.
      for (let i = 0; i < 5; i++) go(blocker, 10 + 40 * i, false, new atomic.Int32(), chan<string>(1));
      go(blocker, 60_000, false, new atomic.Int32(), chan<string>(1));
      for (let i = 0; i < 50; i++) yield* gosched();
      yield* syscall(() => block(60));
      println("bye");
  }
});
