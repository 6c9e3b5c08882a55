/** Programs about select, one after the other; the lines that Go 1.19 prints for them are in select.test.ts. */
import { Chan, chan, go, gosched, goroutine, println, runtime, select, type SelectCases, WaitGroup } from "gosched";

/** T14: a nil channel and a default. */
const t14 = goroutine(function* t14() {
  const r = yield* select({ ch: Chan.nil<number>(), default: true });
  println("T14", r.case);
});

const feed = goroutine(function* feed(out: Chan<number>, from: number, n: number, step: number) {
  for (let i = 0; i < n; i++) yield* out.send(from + i * step);
  out.close();
});

/** T15: two channels merged; a closed one becomes nil, and the end is when both are. */
const t15 = goroutine(function* t15() {
  let a = chan<number>();
  let b = chan<number>(3);
  go(feed, a, 1, 5, 2);
  go(feed, b, 2, 5, 2);
  let sum = 0;
  let turns = 0;
  while (a !== Chan.nil() || b !== Chan.nil()) {
    const r = yield* select({ a, b });
    turns++;
    if (r.ok) sum += r.value;
    else if (r.case === "a") a = Chan.nil();
    else b = Chan.nil();
  }
  println("T15", sum, turns);
});

/** T27: a channel is closed and its variable gets another one; the consumer has the old one. */
const consumer = goroutine(function* consumer(ch: Chan<number>, done: Chan<boolean>) {
  const r = yield* select({ ch });
  println("T27", r.value, r.ok);
  yield* done.send(true);
});
const t27 = goroutine(function* t27() {
  const done = chan<boolean>();
  let ch = chan<number>(1);
  go(consumer, ch, done);
  yield* ch.send(99);
  ch.close();
  ch = chan<number>(1);
  yield* ch.send(100);
  yield* done.recv();
});

/** E02, E03: without and with something to receive; what is ready is received. */
const e02 = goroutine(function* e02() {
  const d = chan<number>(5);
  const e = chan<string>(5);
  const first = yield* select({ d, e, default: true });
  println("E02", first.case === "default" ? "no data received " : "?");
  go(function* () {
    yield* e.send("ok");
  });
  const r = yield* select({ d, e });
  println("E03  received the data ", r.value);
});

const worker = goroutine(function* worker(stop: Chan<void>, wg: WaitGroup) {
  const never = chan<number>();
  const r = yield* select({ never, stop });
  if (r.case === "stop" && !r.ok) wg.done();
});

/** E45: one close ends a hundred workers. */
const e45 = goroutine(function* e45() {
  const stop = chan<void>();
  const wg = new WaitGroup();
  wg.add(100);
  for (let i = 0; i < 100; i++) go(worker, stop, wg);
  for (let i = 0; i < 300; i++) yield* gosched();
  stop.close();
  yield* wg.wait();
  println("E45 all ended");
});

/** D08: sending on a closed channel, with a default, and closed while the select waits. */
const d08 = goroutine(function* d08() {
  const closed = chan<number>(1);
  closed.close();
  try {
    yield* select({ send: closed.onSend(1), default: true });
  } catch (e) {
    println("D08", (e as Error).message);
  }
  const late = chan<string>();
  const other = chan<string>();
  go(function* () {
    for (let i = 0; i < 50; i++) yield* gosched();
    late.close();
  });
  try {
    yield* select({ late: late.onSend("a text that is not sent"), other: other.onSend("nor is this one") });
  } catch (e) {
    println("D08", (e as Error).message);
  }
  println("D08", (yield* select({ other, default: true })).case);
});

/** Timer's sendTime: a tick that does not fit is dropped. */
const ticks = goroutine(function* ticks() {
  const c = chan<number>(1);
  let dropped = 0;
  for (let i = 0; i < 5; i++) if ((yield* select({ c: c.onSend(i), default: true })).case === "default") dropped++;
  println("ticks", dropped, yield* c.recv());
});

/** S07, S25, T21: both are chosen, about as often. Go: 50,293 of 100,000. */
const fair = goroutine(function* fair() {
  const a = chan<number>(1);
  const b = chan<number>(1);
  const n = 10_000;
  let count = 0;
  for (let i = 0; i < n; i++) {
    a.trySend(1);
    b.trySend(1);
    if ((yield* select({ a, b })).case === "a") count++;
  }
  // Six nines, as Go's TestSelectFairness.
  const off = Math.abs(count / n - 0.5);
  println("fair", off < 4.891676 / (2 * Math.sqrt(n)) ? "yes" : `no: ${count} of ${n}`);
});

/** All kinds of values, both ways, past a park, together with losers that do not fit into a slot. */
const give = goroutine(function* give(out: Chan<unknown>, values: unknown[]) {
  const nobody = chan<unknown>();
  for (const v of values) yield* select({ out: out.onSend(v), nobody: nobody.onSend("a loser that is quite long") });
  out.close();
});
const kinds = goroutine(function* kinds() {
  const inner = chan<number>(1);
  const ch = chan<unknown>();
  go(give, ch, [1, -0, 1.5, "", "short", "a longer text, ÄÖ", "\u{1f600}", null, undefined, true, 2n ** 70n]);
  const got: unknown[] = [];
  for (let ok = true; ok;) {
    const r = yield* select({ ch, inner });
    ok = r.ok;
    got.push(Object.is(r.value, -0) ? "-0" : String(r.value));
  }
  println("kinds", got.join("|"));
  const objects = chan<{ n: number; back: Chan<number> }>();
  go(give, objects, [{ n: 7, back: inner }]);
  const r = yield* select({ objects, inner });
  if (r.case === "objects" && r.ok) println("objects", r.value.n, r.value.back === inner);
});

/** The forms that the compiler does not take apart, and those that it does. */
const which = goroutine(function* which(ch: Chan<number>) {
  yield* gosched();
  return ch;
});
const forms = goroutine(function* forms() {
  const a = chan<number>(1);
  const b = chan<number>(1);
  const nil = Chan.nil<number>();
  const said: string[] = [];
  a.trySend(1);
  const cases = { "a name of its own": a, b };
  said.push((yield* select(cases)).case);
  b.trySend(1);
  said.push((yield* select({ ...cases })).case);
  a.trySend(1);
  const key = "computed";
  said.push((yield* select({ [key]: a, b })).case);
  a.trySend(1);
  said.push((yield* select({ 7: nil, 3: a })).case);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`ch${i}`, i === 613 ? b : nil]));
  b.trySend(1);
  said.push((yield* select(many)).case);
  a.trySend(1);
  said.push((yield* select({ a, n1: nil, n2: nil, n3: nil, n4: nil, n5: nil })).case);
  said.push((yield* select({ a, n1: nil, n2: nil, n3: nil, n4: nil, n5: nil, default: true })).case);
  // Evaluated in order, with suspensions in between.
  said.push((yield* select({ x: yield* which(nil), y: (yield* which(b)).onSend(5) })).case, String(b.len));
  println("forms", said.join(", "));
});

/** Questions in place: no suspension points for the compiler, in all places of an expression and of a function. */
const questions = goroutine(function* questions() {
  const said: unknown[] = [];
  {
    const a = chan<number>(1);
    said.push((yield* select({ a, default: true })).case);
    yield* select({ out: a.onSend(1), default: true });
    said.push((yield* select({ a })).value);
  }
  {
    // The same name once more: it is another variable, and the case is called the same.
    const a = chan<number>(2);
    const nil = Chan.nil<number>();
    const other = { onSend: (v: number) => a.onSend(v + 1) };
    for (const v of [3, 5, 7]) said.push((yield* select({ default: true, sent: other.onSend(v) })).case);
    said.push((yield* select({ nil, a, default: true })).case, (yield* select({ nil, default: true })).case);
    yield* select({ out: (yield* which(a)).onSend((yield* a.recv()) as number), default: true });
    const both = [
      (yield* select({ a, default: true })).value,
      yield* which(a),
      (yield* select({ a, default: true })).ok,
    ];
    said.push(both[0], both[2], (yield* select({ x: yield* which(a), default: true })).ok || "nothing");
    const held = new Map([["held", 1]]);
    while ((yield* select({ out: a.onSend(held.size), default: true })).case === "out") said.push(a.len);
    a.close();
    said.push(yield* asked(a), (yield* select({ a, nil, default: true })).value);
    try {
      yield* select({ out: a.onSend(1), default: true });
    } catch (e) {
      said.push((e as Error).message);
    }
    try {
      yield* select({ a: null as unknown as Chan<number>, default: true });
    } catch (e) {
      said.push((e as Error).name);
    }
  }
  println("questions", said.join(", "));
});
const asked = goroutine(function* asked(ch: Chan<number>) {
  return (yield* select({ ch, default: true })).value;
});

const bad = goroutine(function* bad(name: string, cases: unknown) {
  try {
    yield* select(cases as SelectCases<unknown> & { never: Chan<number> });
    println("bad", name, "nothing");
  } catch (e) {
    println("bad", name, `${(e as Error).name}: ${(e as Error).message}`);
  }
});
const mistakes = goroutine(function* mistakes() {
  const ch = chan<number>();
  yield* bad("undefined", undefined);
  yield* bad("a channel", ch);
  yield* bad("an array", [ch]);
  yield* bad("no case", { msg: undefined });
  yield* bad("a text", { msg: "text" });
  yield* bad("an object", { msg: { addr: 5 } });
  yield* bad("a promise", { msg: null });
  yield* bad("default", { ch, default: false });
  try {
    yield* select({ ch, msg: 5 as unknown as Chan<number> });
  } catch (e) {
    println("bad in place", (e as Error).message);
  }
  try {
    yield* select({ ch: chan<unknown>().onSend(() => 1), other: ch });
  } catch (e) {
    println("bad value", (e as Error).name);
  }
  println("still open", ch.trySend(1), (yield* select({ ch, default: true })).case);
});

const forever = goroutine(function* forever() {
  yield* select({});
});

export const main = goroutine(function* main() {
  yield* t14();
  yield* t15();
  yield* t27();
  yield* e02();
  yield* e45();
  yield* d08();
  yield* ticks();
  yield* fair();
  yield* kinds();
  yield* forms();
  yield* questions();
  yield* mistakes();
  // E51: they wait for ever, and the program ends all the same.
  for (let i = 0; i < 10_000; i++) go(forever);
  println("E51", runtime.numGoroutine() > 10_000);
});
