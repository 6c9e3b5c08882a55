/** Channels: the pairs of operations, each by a goroutine on a thread of its own. */
import type { Act, World } from "../world.js";
import { assert, type CoreModel, together } from "./common.js";

/** The channel of the running execution. */
let ch = 0;
const send =
  (v: number): Act =>
  (c, g) =>
    c["chansend"](g, ch, v);
const recv: Act = (c, g) => c["chanrecv"](g, ch);
const close: Act = (c) => c["closechan"](ch);
const trySend =
  (v: number): Act =>
  (c) =>
    c["trysend"](ch, v);
const tryRecv: Act = (c) => c["tryrecv"](ch);

type Check = (r: Record<string, unknown[]>, w: World, left: number) => void;

/** `size` of the buffer; `parts`: what each goroutine does; `left` in the check: values still in the buffer. */
function pair(
  name: string,
  size: number,
  parts: Record<string, readonly Act[]>,
  check: Check,
  mayBlock = false,
): CoreModel {
  return together(
    `${name}, buffer ${size}`,
    parts,
    (w) => (ch = w.now<number>(w.m(0)["makechan"](size))),
    (r, c, w) => check(r, w, w.memory.words[c + w.host["C_QCOUNT"]]!),
    { mayBlock },
  );
}

const CLOSED = "send on closed channel";
const both = [0, 1].flatMap((size) => [
  pair("send and receive", size, { sender: [send(7)], receiver: [recv] }, (r) =>
    assert(r["receiver"]![0] === 7, `received ${r["receiver"]}`),
  ),
  pair("send and close", size, { sender: [send(7)], closer: [close] }, (r, _w, left) => {
    const got = r["sender"]![0];
    assert(size === 1 ? got === CLOSED || left === 1 : got === CLOSED, `sender: ${got}, left ${left}`);
  }),
  pair("receive and close", size, { receiver: [recv], closer: [close] }, (r) =>
    assert(r["receiver"]!.length === 1 && r["receiver"]![0] === undefined, `received ${r["receiver"]}`),
  ),
  pair("close and close", size, { a: [close], b: [close] }, (r) =>
    assert([r["a"]![0], r["b"]![0]].filter((x) => x === "close of closed channel").length === 1, "both closed it"),
  ),
  pair("send, receive and close", size, { sender: [send(7)], receiver: [recv], closer: [close] }, (r, _w, left) => {
    const sent = r["sender"]![0] !== CLOSED;
    const got = r["receiver"]![0] === 7;
    assert(sent === (got || left === 1), `sent ${sent}, received ${got}, left ${left}`);
  }),
  pair(
    "non-blocking send and receive",
    size,
    { a: [trySend(7)], b: [recv], c: [send(8)] },
    (r, _w, left) => {
      const sent = (r["a"]![0] === true ? 1 : 0) + (r["c"]?.length ?? 0);
      assert(sent === (r["b"]?.length ?? 0) + left, `sent ${sent}, received ${r["b"]}, left ${left}`);
    },
    true,
  ),
]);

export const models = [
  ...both,
  pair("two senders, one receiver", 0, { a: [send(1)], b: [send(2)], receiver: [recv, recv] }, (r) =>
    assert(r["receiver"]!.slice().sort().join() === "1,2", `received ${r["receiver"]}`),
  ),
  pair("two senders, one receiver", 1, { a: [send(1)], b: [send(2)], receiver: [recv, recv] }, (r) =>
    assert(r["receiver"]!.slice().sort().join() === "1,2", `received ${r["receiver"]}`),
  ),
  pair("non-blocking receive against close", 1, { a: [send(7), close], b: [tryRecv] }, (r, w, left) => {
    const got = r["b"]![0];
    assert(got === 7 ? left === 0 : left === 1 && got === w.m(1)["BLOCKED"], `got ${String(got)}, left ${left}`);
  }),
];
