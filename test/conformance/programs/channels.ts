/** Every state of a channel times every operation: prints one line for each, `state operation: result`. */
import { isDeepStrictEqual } from "node:util";
import { Chan, chan, go, type GoFunc, goroutine, gosched, println, WaitGroup } from "gosched";

const states = [
  "nil",
  "open empty",
  "open buffered empty",
  "with room",
  "full",
  "closed with values",
  "closed drained",
];

/** A channel in that state; buffers have two places, values are 1 and 2. */
const make = goroutine(function* make(state: string) {
  if (state === "nil") return Chan.nil<number>();
  if (state === "open empty") return chan<number>();
  const ch = chan<number>(2);
  if (state === "open buffered empty") return ch;
  yield* ch.send(1);
  if (state === "full") yield* ch.send(2);
  if (state === "closed with values") ch.close();
  if (state === "closed drained") {
    yield* ch.recv();
    ch.close();
  }
  return ch;
});

type Out = Chan<string>;
const text = (e: unknown): string => `panics: ${(e as Error).message}`;
const show = (r: { value: unknown; ok: boolean } | undefined): string => (r ? `${r.value} ${r.ok}` : "not ready");

const send = goroutine(function* send(ch: Chan<number>, out: Out) {
  try {
    yield* ch.send(3);
    yield* out.send(`sent, len ${ch.len}`);
  } catch (e) {
    yield* out.send(text(e));
  }
});
const recv = goroutine(function* recv(ch: Chan<number>, out: Out) {
  const v = yield* ch.recv();
  yield* out.send(`${v}, len ${ch.len}`);
});
const recvOk = goroutine(function* recvOk(ch: Chan<number>, out: Out) {
  const r = yield* ch.recvOk();
  yield* out.send(`${show(r)}, len ${ch.len}`);
});
const close = goroutine(function* close(ch: Chan<number>, out: Out) {
  try {
    ch.close();
    yield* out.send("closed");
  } catch (e) {
    yield* out.send(text(e));
  }
});
const trySend = goroutine(function* trySend(ch: Chan<number>, out: Out) {
  try {
    yield* out.send(`${ch.trySend(3)}, len ${ch.len}`);
  } catch (e) {
    yield* out.send(text(e));
  }
});
const tryRecv = goroutine(function* tryRecv(ch: Chan<number>, out: Out) {
  yield* out.send(`${show(ch.tryRecv())}, len ${ch.len}`);
});
const size = goroutine(function* size(ch: Chan<number>, out: Out) {
  yield* out.send(`${ch.len}/${ch.cap}`);
});
const operations: [string, GoFunc<[Chan<number>, Out], void>][] = [
  ["send", send],
  ["recv", recv],
  ["recvOk", recvOk],
  ["close", close],
  ["trySend", trySend],
  ["tryRecv", tryRecv],
  ["len/cap", size],
];

/** How long nobody may answer before those that have not are said to wait: a pinned goroutine's thread may sleep deeply. */
const SILENCE_MS = 1000;

/** Collects the answers until none has come for a while; who has not answered by then waits. */
const patience = goroutine(function* patience(outs: Chan<string>[]) {
  const answers: string[] = outs.map(() => "waits");
  for (let last = Date.now(); Date.now() - last < SILENCE_MS;) {
    for (let i = 0; i < outs.length; i++) {
      const r = outs[i]!.tryRecv();
      if (r === undefined) continue;
      answers[i] = r.value!;
      last = Date.now();
    }
    yield* gosched();
  }
  return answers;
});

const values = (v: number): [string, unknown][] => [
  ["int", v],
  ["negative", -v],
  ["double", v + 0.25],
  ["minus zero", -0],
  ["NaN", NaN],
  ["infinity", -Infinity],
  ["2^53-1", 2 ** 53 - 1],
  ["-2^31", -(2 ** 31)],
  ["denormal", 5e-324],
  ["bigint", 2n ** 200n + 1n],
  ["negative bigint", -(2n ** 64n)],
  ["bigint 0", 0n],
  ["true", true],
  ["false", false],
  ["null", null],
  ["undefined", undefined],
  ["empty string", ""],
  ["short string", "hello"],
  ["short non-ASCII", "h\u00e9\u00ff"],
  ["long string", "x".repeat(1000)],
  ["unicode", "gopher \u{1f439} \u4e16\u754c"],
  ["lone surrogate", "\ud800 and \udfff"],
  ["NUL", "a\0b"],
  ["array", [1, [2, "three"], null]],
  ["sparse", [, 1, ,]], // eslint-disable-line no-sparse-arrays
  ["object", { a: 1, b: { c: [true] } }],
  ["date", new Date(86_400_000)],
  ["regexp", /a+b/gi],
  ["Map", new Map([["k", new Set([1, 2])]])],
  ["typed array", new Float64Array([1.5, -0, NaN])],
  ["array buffer", new Uint8Array([1, 2, 3]).buffer],
  ["error", Object.assign(new RangeError("far"), { stack: "" })],
];

const echo = goroutine(function* echo(inp: Chan<unknown>, out: Chan<unknown>) {
  for (let r = yield* inp.recvOk(); r.ok; r = yield* inp.recvOk()) yield* out.send(r.value);
  out.close();
});

/** Each value goes through an unbuffered and a buffered channel, to another goroutine and back. */
const travel = goroutine(function* travel() {
  for (const cap of [0, 3]) {
    const there = chan<unknown>(cap);
    const back = chan<unknown>(cap);
    go(echo, there, back);
    let n = 0;
    for (const [name, v] of values(7)) {
      yield* there.send(v);
      const w = yield* back.recv();
      if (!isDeepStrictEqual(v, w)) println(`value changed: ${name}`, v, w);
      n++;
    }
    there.close();
    println(`cap ${cap}: ${n} values,`, (yield* back.recvOk()).ok);
  }
});

const reply = goroutine(function* reply(
  inp: Chan<{ to: Chan<string>; wg: WaitGroup; f: typeof make; same: unknown[] }>,
) {
  const m = (yield* inp.recv())!;
  yield* m.to.send(`in data: ${m.f === make} ${m.same[0] === m.same[1]} ${m.same[1] === m.to}`);
  m.wg.done();
});
/** Channels, wait groups and goroutine functions travel, alone and inside data, and are the same object afterwards. */
const handles = goroutine(function* handles() {
  const inp = chan<any>(1);
  const to = chan<string>();
  const wg = new WaitGroup();
  wg.add(1);
  go(reply, inp);
  yield* inp.send({ to, wg, f: make, same: [to, to] });
  println(yield* to.recv());
  yield* wg.wait();
  const cc = chan<unknown>(3);
  yield* cc.send(to);
  yield* cc.send(wg);
  yield* cc.send(make);
  println("alone:", (yield* cc.recv()) === to, (yield* cc.recv()) === wg, (yield* cc.recv()) === make);
});

const fifo = goroutine(function* fifo() {
  const ch = chan<number>(5);
  const seen: number[] = [];
  let next = 0;
  // Round the ring several times, with a different fill each time.
  for (let round = 1; round <= 20; round++) {
    for (let i = 0; i < 1 + (round % 5); i++) yield* ch.send(next++);
    while (ch.len > 0) seen.push((yield* ch.recv())!);
  }
  println("fifo:", seen.length === next && seen.every((v, i) => v === i));
});

const blockedSender = goroutine(function* blockedSender(ch: Chan<string>, id: number, log: Chan<string>) {
  try {
    yield* ch.send(`from ${id}`);
    yield* log.send(`${id} sent`);
  } catch (e) {
    yield* log.send(`${id} ${text(e)}`);
  }
});
const blockedReceiver = goroutine(function* blockedReceiver(ch: Chan<string>, id: number, log: Chan<string>) {
  const r = yield* ch.recvOk();
  yield* log.send(`${id} received ${r.value} ${r.ok}`);
});
/** close: all blocked senders panic, all blocked receivers get nothing, what is in the buffer stays. */
const closing = goroutine(function* closing() {
  const log = chan<string>();
  for (const [cap, role] of [
    [0, blockedSender],
    [2, blockedSender],
    [0, blockedReceiver],
    [2, blockedReceiver],
  ] as const) {
    const ch = chan<string>(cap);
    for (let i = 0; i < cap && role === blockedSender; i++) yield* ch.send(`value ${i}`);
    for (let id = 0; id < 50; id++) go(role, ch, id, log);
    for (let i = 0; i < 200; i++) yield* gosched();
    ch.close();
    const lines: string[] = [];
    for (let i = 0; i < 50; i++) lines.push((yield* log.recv())!.replace(/^\d+ /, ""));
    const rest: unknown[] = [];
    for (let r = yield* ch.recvOk(); r.ok; r = yield* ch.recvOk()) rest.push(r.value);
    println(`close of cap ${cap}: 50 x ${[...new Set(lines)].join(" | ")}, left: ${rest.join(", ")}`);
  }
});

const sizes = goroutine(function* sizes() {
  for (const n of [-1, -0, 0, 1, 1.5, NaN, Infinity, 2 ** 28 + 1, 2 ** 40, 2 ** 62, "3", null, {}]) {
    try {
      const c = chan<number>(n as number);
      println(`chan(${String(n)}): ${c.len}/${c.cap}`);
    } catch (e) {
      println(`chan(${String(n)}) ${text(e)}`);
    }
  }
});

/** T27, T28: close does not free; a second channel is another one. */
const identity = goroutine(function* identity() {
  let ch = chan<number>(1);
  const before = String(ch);
  const first = ch;
  ch.close();
  println("T27:", before.replace(/,.*/, "") === String(ch).replace(/,.*/, ""), first === ch);
  ch = chan<number>(1);
  println("T28:", first !== ch, (String(first) as string) !== String(ch));
  println("nil:", String(Chan.nil()), Chan.nil() === Chan.nil());
});

export const main = goroutine(function* main() {
  const outs: Chan<string>[] = [];
  for (const state of states)
    for (const [, f] of operations) {
      const out = chan<string>(1);
      go(f, yield* make(state), out);
      outs.push(out);
    }
  const answers = yield* patience(outs);
  const names = states.flatMap((state) => operations.map(([name]) => `${state} ${name}`));
  for (const [i, name] of names.entries()) println(`${name}: ${answers[i]}`);
  yield* travel();
  yield* handles();
  yield* fifo();
  yield* closing();
  yield* sizes();
  yield* identity();
});
