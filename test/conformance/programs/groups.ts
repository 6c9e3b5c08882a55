/** errgroup and singleflight: each line says what was to be seen. */
import {
  atomic,
  background,
  chan,
  type Chan,
  type Context,
  errgroup,
  go,
  goroutine,
  gosched,
  GoPanic,
  println,
  runtime,
  singleflight,
  WaitGroup,
} from "gosched";

const text = (e: unknown): string => `${(e as Error).constructor.name}: ${(e as Error).message}`;
const attempt = (what: string, f: () => unknown): void => {
  try {
    println(what, f());
  } catch (e) {
    println(what, text(e));
  }
};

const idle = goroutine(function* idle(n: number) {
  for (let i = 0; i < n; i++) yield* gosched();
});
const fail = goroutine(function* fail(kind: string, turns: number) {
  yield* idle(turns);
  if (kind === "range") throw new RangeError("out of range", { cause: new Error("the cause") });
  if (kind === "panic") throw new GoPanic("a panic");
  if (kind === "text") throw "just a text";
  if (kind === "function") throw () => 1;
  if (kind === "at once") throw new Error("at once");
  if (kind === "exit") runtime.goexit();
});
const untilDone = goroutine(function* untilDone(ctx: Context, count: atomic.Int32) {
  yield* ctx.done().recv();
  count.add(1);
});
const busy = goroutine(function* busy(now: atomic.Int32, most: atomic.Int32) {
  const n = now.add(1);
  for (let m = most.load(); n > m && !most.compareAndSwap(m, n); m = most.load());
  yield* gosched();
  now.add(-1);
});

const held = goroutine(function* held(gate: Chan<number>) {
  yield* gate.recv();
});

const wait = goroutine(function* wait(group: errgroup.Group) {
  try {
    yield* group.wait();
    return "no error";
  } catch (e) {
    const cause = e instanceof Error && e.cause instanceof Error ? `, because: ${e.cause.message}` : "";
    return e instanceof Error ? `${text(e)}${cause}` : `not an Error: ${String(e)}`;
  }
});

const groups = goroutine(function* groups() {
  println("empty:", yield* wait(new errgroup.Group()));
  for (const kind of ["none", "range", "panic", "text", "function", "exit"]) {
    const group = new errgroup.Group();
    for (let i = 0; i < 5; i++) yield* group.go(idle, i);
    yield* group.go(fail, kind, 3);
    println(`${kind}:`, yield* wait(group));
  }
  const first = new errgroup.Group();
  yield* first.go(fail, "at once", 0);
  println("wait again:", yield* wait(first), "|", yield* wait(first));

  const { group, ctx } = errgroup.withContext(background());
  const count = new atomic.Int32();
  for (let i = 0; i < 20; i++) yield* group.go(untilDone, ctx, count);
  yield* group.go(fail, "range", 5);
  println("context:", yield* wait(group), count.load(), ctx.err()?.message, text(ctx.cause()));
  const well = errgroup.withContext(background());
  yield* well.group.go(idle, 2);
  println("context, all well:", yield* wait(well.group), well.ctx.err()?.message);

  const limited = new errgroup.Group();
  const [now, most] = [new atomic.Int32(), new atomic.Int32()];
  limited.setLimit(3);
  for (let i = 0; i < 200; i++) yield* limited.go(busy, now, most);
  println("limit:", yield* wait(limited), most.load() <= 3, now.load());
  // One that cannot end before it is looked at.
  const gate = chan<number>();
  limited.tryGo(held, gate);
  attempt("setLimit while active:", () => limited.setLimit(4));
  gate.close();
  println("afterwards:", yield* wait(limited));
  limited.setLimit(-1);
  for (let i = 0; i < 50; i++) yield* limited.go(busy, now, most);
  println("no limit any more:", yield* wait(limited), now.load());
  limited.setLimit(0);
  println("limit 0:", limited.tryGo(idle, 0));
  try {
    yield* limited.go(idle, 0);
  } catch (e) {
    println((e as Error).constructor.name);
  }
  attempt("setLimit(1.5):", () => limited.setLimit(1.5));
  attempt("no goroutine function:", () => new errgroup.Group().tryGo((() => 1) as never));
  const kept = new errgroup.Group();
  attempt("an argument that cannot cross:", () => kept.tryGo(idle, (() => 1) as never));
  println("and the group is as before:", yield* wait(kept));
});

const work = goroutine(function* work(kind: string, runs: atomic.Int32, gate: Chan<number>) {
  runs.add(1);
  yield* gate.recv();
  if (kind === "throws") throw new RangeError("no such page");
  if (kind === "object") return { n: 1, list: [1, 2] };
  if (kind === "cannot cross") return () => 1;
  if (kind === "exits") runtime.goexit();
  return "a page that is long enough for a blob";
});
const asker = goroutine(function* asker(
  flights: singleflight.Group,
  kind: string,
  runs: atomic.Int32,
  gate: Chan<number>,
  asking: atomic.Int32,
  out: Chan<string>,
) {
  asking.add(1);
  let answered = false;
  try {
    const r = yield* flights.do("key", work, kind, runs, gate);
    answered = true;
    yield* out.send(`${typeof r.value === "function" ? "a function" : JSON.stringify(r.value)} ${r.shared}`);
  } catch (e) {
    // An uncompiled catch sees Goexit, see docs/panics.md.
    if (typeof e === "symbol") throw e;
    answered = true;
    yield* out.send(text(e));
  } finally {
    if (!answered) out.trySend("exited");
  }
});

/** Who is late runs it once more: that is right, but not what is to be shown. Then all of it again. */
const flight = goroutine(function* flight(kind: string, n: number) {
  while (!(yield* flightOnce(kind, n)));
});
const flightOnce = goroutine(function* flightOnce(kind: string, n: number) {
  const flights = new singleflight.Group();
  const [runs, asking] = [new atomic.Int32(), new atomic.Int32()];
  const gate = chan<number>();
  const out = chan<string>(2 * n);
  for (let i = 0; i < n; i++) go(asker, flights, kind, runs, gate, asking, out);
  // All have asked, and have had time to get to the queue.
  while (asking.load() < n) yield* gosched();
  while (runtime.numGoroutine() > n + 1) yield* gosched();
  for (let i = 0; i < 200; i++) yield* gosched();
  gate.close();
  const seen = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const s = (yield* out.recv())!;
    seen.set(s, (seen.get(s) ?? 0) + 1);
  }
  if (runs.load() > 1) return false;
  const lines = [...seen].map(([s, k]) => `${k} x ${s}`).sort();
  println(`${kind}: runs ${runs.load()}:`, lines.join(", "));
  return true;
});

const plus = goroutine(function* plus(a: number, b: number) {
  yield* gosched();
  if (b < 0) throw new RangeError("below zero");
  return a + b;
});
const slow = goroutine(function* slow(gate: Chan<number>, v: string, begun: Chan<number>) {
  begun.trySend(1);
  yield* gate.recv();
  return v;
});
const slowDo = goroutine(function* slowDo(
  flights: singleflight.Group,
  gate: Chan<number>,
  v: string,
  begun: Chan<number>,
  wg: WaitGroup,
) {
  println("forgotten or not:", (yield* flights.do("key", slow, gate, v, begun)).value);
  wg.done();
});

const flights = goroutine(function* flights() {
  for (const kind of ["text", "object", "throws", "cannot cross", "exits"]) yield* flight(kind, 8);
  yield* flight("text", 1);
  const f = new singleflight.Group();
  for (let i = 0; i < 3; i++) println("one after the other:", yield* f.do("key", plus, i, i));
  println("doChan:", (yield* f.doChan("a", plus, 1, 2).recv())?.value);
  println("doChan:", text((yield* f.doChan("a", plus, 1, -2).recv())?.error));
  const a = f.doChan("b", plus, 1, 2);
  const b = f.doChan("b", plus, 3, 4);
  const both = [(yield* a.recv())!.value, (yield* b.recv())!.value].join();
  println("doChan twice:", both === "3,3" || both === "3,7" || both === "7,7");
  // A call that is forgotten goes on; who asks afterwards starts another one.
  const wg = new WaitGroup();
  const [gate, open] = [chan<number>(), chan<number>()];
  open.close();
  wg.add(1);
  const begun = chan<number>(2);
  go(slowDo, f, gate, "the first", begun, wg);
  yield* begun.recv();
  f.forget("key");
  println((yield* f.do("key", slow, open, "the second", begun)).value);
  gate.close();
  yield* wg.wait();
  attempt("a key that is no string:", () => f.doChan(1 as never, plus, 1, 2));
  attempt("no function:", () => f.doChan("k", 1 as never));
});

export const main = goroutine(function* main() {
  yield* groups();
  yield* flights();
});
