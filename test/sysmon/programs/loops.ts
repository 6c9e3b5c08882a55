/** Goroutines that do not suspend by themselves: `gosched run loops.ts -- WHAT`. */
import { chan, type Chan, go, goroutine, gosched, println, runtime, type Suspend, WaitGroup } from "gosched";

const [what = ""] = process.argv.slice(2);
const clock = (): number => performance.timeOrigin + performance.now();

/** Loops for ever, in whatever way. */
const forever = goroutine(function* forever(how: string) {
  let x = 1;
  const next = (): void => void (x = (Math.imul(x, 1664525) + 1013904223) | 0);
  if (how === "for") for (;;) x = (x + 1) | 0;
  if (how === "while") while (x !== 0.5) next();
  if (how === "do") {
    do next();
    while (x !== 0.5);
  }
  if (how === "nested")
    for (;;) {
      let inner = 0;
      for (let j = 0; j < 1000; j++) inner += j;
      x = inner;
    }
  if (how === "countdown") for (let n = -1; n--;) x = (x + 1) | 0;
  if (how === "triangle") for (let i = 1; i > 0; i = (i % 100) + 1) for (let j = 0; j < i; j++) x ^= j;
  if (how === "jumps")
    outer: for (;;) {
      for (let j = 0; j < 1e9; j++) {
        if (j === x % 7) continue outer;
        x = (x + 1) & 63;
      }
    }
  if (how === "nothing") for (;;) for (let j = 5; j < 4; j++) x++;
  if (how === "long") {
    const end = 2 ** 53;
    for (let i = 0; i < end; i++) x ^= i;
  }
  if (how === "down") {
    const start = Number.MAX_SAFE_INTEGER;
    for (let i = start; i > 0; i--) x ^= i;
  }
  if (how === "of")
    for (;;) {
      for (const v of [1, 2, 3]) for (const w of [v, v]) x += w;
    }
  if (how === "try")
    for (;;) {
      try {
        for (let j = 0; j < 10; j++) if (j === 9) throw new Error("x");
      } catch {
        x++;
      } finally {
        x--;
      }
    }
  if (how === "calls") yield* calls();
  if (how === "channel") {
    // Operations that never have to wait.
    const c = chan<number>(1);
    for (;;) {
      yield* c.send(x);
      x = (yield* c.recv())! + 1;
    }
  }
});
const leaf = goroutine(function* leaf(n: number): Generator<Suspend, number> {
  return n;
});
const recurse = goroutine(function* recurse(n: number): Generator<Suspend, number> {
  return n === 0 ? yield* leaf(0) : (yield* recurse(n - 1)) + 1;
});
const calls = goroutine(function* calls(): Generator<Suspend, void> {
  yield* recurse(40);
  yield* calls();
});

export const KINDS = [
  ...["for", "while", "do", "nested", "of", "try", "calls", "channel"],
  ...["countdown", "triangle", "jumps", "nothing", "long", "down"],
];

/** Two goroutines that only wake each other share a slice; a third must come to its turn. */
const pair = goroutine(function* pair(a: Chan<number>, b: Chan<number>) {
  for (let v = yield* a.recv(); v !== undefined; v = yield* a.recv()) yield* b.send(v + 1);
});

/** Everything that a goroutine can hold while it is made to give way, checked all along. */
const holder = goroutine(function* holder(seed: number, rounds: number, wg: WaitGroup, bad: Chan<string>) {
  const me = runtime.goid();
  let int = seed | 0;
  let float = seed + 0.5;
  let text = "";
  const list: number[] = [];
  const map = seed % 2 === 0 ? new Map<number, number>() : undefined;
  let expected = 0;
  for (let i = 0; i < rounds; i++) {
    let inner = 0;
    try {
      for (let j = 0; j < 400; j++) {
        inner = (inner + Math.imul(int, j)) | 0;
        if (j === 399) throw new RangeError(`round ${i}`);
      }
    } catch (e) {
      if ((e as Error).message !== `round ${i}`) yield* bad.send(`${me}: caught ${String(e)}`);
    } finally {
      expected++;
    }
    let want = 0;
    for (let j = 0; j < 400; j++) want = (want + Math.imul(int, j)) | 0;
    if (inner !== want) yield* bad.send(`${me}: inner ${inner}, want ${want}`);
    int = (Math.imul(int, 1664525) + 1013904223) | 0;
    float += 0.25;
    text = text.length > 30 ? "" : text + String.fromCharCode(97 + (i % 26));
    if (list.length === 20) list.length = 0;
    list.push(i);
    map?.set(i % 10, i);
    const depth = yield* recurse(i % 20);
    if (depth !== i % 20) yield* bad.send(`${me}: recurse ${depth}`);
  }
  if (expected !== rounds) yield* bad.send(`${me}: ${expected} finally blocks of ${rounds}`);
  if (float !== seed + 0.5 + rounds * 0.25) yield* bad.send(`${me}: float ${float}`);
  let check = seed | 0;
  for (let i = 0; i < rounds; i++) check = (Math.imul(check, 1664525) + 1013904223) | 0;
  if (check !== int) yield* bad.send(`${me}: int ${int}, want ${check}`);
  if (list.some((v, i) => i > 0 && v !== list[i - 1]! + 1)) yield* bad.send(`${me}: list ${list.join()}`);
  if (text !== "" && !"abcdefghijklmnopqrstuvwxyz".repeat(3).includes(text)) yield* bad.send(`${me}: text ${text}`);
  if (map !== undefined && map.size !== 10) yield* bad.send(`${me}: map of ${map.size}`);
  wg.done();
});

export const main = goroutine(function* main() {
  switch (what) {
    case "hogs": {
      // One hog of each kind; main comes to its turn again and again.
      for (const how of KINDS) go(forever, how);
      const began = clock();
      for (let i = 0; i < 5; i++) yield* gosched();
      println("turns", clock() - began < 30_000);
      break;
    }
    case "pair": {
      const a = chan<number>();
      const b = chan<number>();
      go(pair, a, b);
      go(pair, b, a);
      yield* a.send(1);
      for (let i = 0; i < 3; i++) yield* gosched();
      println("turn");
      break;
    }
    case "locals": {
      const wg = new WaitGroup();
      const bad = chan<string>(1000);
      const n = 8;
      wg.add(n);
      for (let i = 0; i < n; i++) go(holder, i, 12_000, wg, bad);
      yield* wg.wait();
      bad.close();
      for (let s = yield* bad.recv(); s !== undefined; s = yield* bad.recv()) println(s);
      println("all right");
      break;
    }
    case "stop":
      for (const how of KINDS) go(forever, how);
      yield* gosched();
      println("main returns");
  }
});
