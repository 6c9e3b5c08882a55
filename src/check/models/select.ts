/** select: several channels from one side, and from both. */
import type { Act } from "../world.js";
import { assert, type CoreModel, together } from "./common.js";

/** The channels of the running execution: all without a buffer, or all with one slot. */
let chans: number[] = [];
const NAMES = ["a", "b"] as const;

type Case = readonly ["send" | "recv", 0 | 1];
const sends = (k: 0 | 1): Case => ["send", k];
const receives = (k: 0 | 1): Case => ["recv", k];

/** A case that sends on channel k sends 10 + k. */
const select = (block: boolean, ...cases: Case[]): Act =>
  function* (c, g) {
    const names = cases.map(([, k]) => NAMES[k]);
    c["begin"](names, []);
    for (const [i, [way, k]] of cases.entries())
      yield* c["setcase"](i, chans[k], way === "send" ? c["SELECT_SEND"] : c["SELECT_RECV"], 10 + k);
    return yield* c["selectgo"](g, cases.length, block);
  };
const send =
  (k: 0 | 1): Act =>
  (c, g) =>
    c["chansend"](g, chans[k], 10 + k);
const recv =
  (k: 0 | 1): Act =>
  (c, g) =>
    c["chanrecv"](g, chans[k]);
const tryRecv =
  (k: 0 | 1): Act =>
  (c) =>
    c["tryrecv"](chans[k]);
const close =
  (k: 0 | 1): Act =>
  (c) =>
    c["closechan"](chans[k]);

interface Chosen {
  case: string;
  value: unknown;
  ok: boolean;
}
type Results = Record<string, unknown[]>;
const chosen = (r: Results, who: string): Chosen | undefined => r[who]?.[0] as Chosen | undefined;

/** Of the two that wait, a and b, the one is served whose case the select chose. */
function servesWhomItChose(r: Results): void {
  const s = chosen(r, "s")!;
  const served = ["a", "b"].filter((n) => r[n] !== undefined);
  assert(served.join() === s.case, `${s.case} was chosen, and served: ${served}`);
}

function on(
  name: string,
  size: number,
  parts: Record<string, readonly Act[]>,
  check: (r: Results) => void,
  extra: { mayBlock?: boolean; preemptions?: number; full?: number } = {},
): CoreModel {
  const { mayBlock = false, preemptions = 2, full } = extra;
  return together(
    `select: ${name}${size === 0 ? "" : ", buffered"}`,
    parts,
    (w) => {
      chans = NAMES.map(() => w.now<number>(w.m(0)["makechan"](size)));
      if (full !== undefined) w.now(w.m(0)["trysend"](chans[full], 10 + full));
    },
    check,
    { mayBlock, search: { preemptions }, world: { cases: NAMES } },
  );
}

export const models: readonly CoreModel[] = [
  on(
    "two channels, from both sides",
    0,
    { sender: [select(true, sends(0), sends(1))], receiver: [select(true, receives(0), receives(1))] },
    (r) => {
      const [s, q] = [chosen(r, "sender")!, chosen(r, "receiver")!];
      assert(
        s.case === q.case && q.value === (q.case === "a" ? 10 : 11),
        `sent on ${s.case}, got ${q.value} of ${q.case}`,
      );
    },
  ),
  on(
    "each would send on one and receive on the other",
    0,
    { x: [select(true, sends(0), receives(1))], y: [select(true, receives(0), sends(1))] },
    (r) => {
      const [x, y] = [chosen(r, "x")!, chosen(r, "y")!];
      assert(x.case === y.case, `x chose ${x.case}, y chose ${y.case}`);
    },
  ),
  on(
    "two senders, one of them is served",
    0,
    { a: [send(0)], b: [send(1)], s: [select(true, receives(0), receives(1))] },
    servesWhomItChose,
    { mayBlock: true },
  ),
  on(
    "two receivers, one of them is served",
    0,
    { a: [recv(0)], b: [recv(1)], s: [select(true, sends(0), sends(1))] },
    servesWhomItChose,
    { mayBlock: true },
  ),
  on(
    "a close wakes it, or a value",
    0,
    { closer: [close(0)], sender: [send(1)], s: [select(true, receives(0), receives(1))] },
    (r) => {
      const s = chosen(r, "s")!;
      assert(s.case === "a" ? !s.ok : s.value === 11, `${s.case} with ${s.value}`);
      assert((r["sender"] !== undefined) === (s.case === "b"), "a value was lost, or came twice");
    },
    { mayBlock: true },
  ),
  on("a close while it would send", 0, { closer: [close(0)], s: [select(true, sends(0), sends(1))] }, (r) =>
    assert(r["s"]![0] === "send on closed channel", `it got ${String(r["s"]![0])}`),
  ),
  // Go's TestNonblockSelectRace: the value is put into one before it is taken out of the other. In both directions, for the
  // order in which a select looks is random, but the same in each execution.
  ...([0, 1] as const).map((from) =>
    on(
      `with a default, some channel ready at each moment, from ${NAMES[from]} on`,
      1,
      {
        mover: [send(from === 0 ? 1 : 0), tryRecv(from)],
        s: [select(false, receives(0), receives(1))],
      },
      (r) => assert(chosen(r, "s")!.case !== "default", "the default was taken"),
      { preemptions: 4, full: from },
    ),
  ),
  on(
    "a default against a sender that waits",
    0,
    { sender: [send(0)], s: [select(false, receives(0), receives(1))] },
    (r) => {
      const s = chosen(r, "s")!;
      assert((s.case === "a") === (r["sender"] !== undefined), `${s.case}, and the sender: ${r["sender"]}`);
    },
    { mayBlock: true, preemptions: 3 },
  ),
  on(
    "one channel twice",
    0,
    { s: [select(true, receives(0), receives(0))], sender: [send(0)] },
    (r) => assert(chosen(r, "s")!.value === 10, `got ${chosen(r, "s")!.value}`),
    { preemptions: 3 },
  ),
];
