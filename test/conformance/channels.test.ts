/** Every state of a channel times every operation, what travels through channels, closing, sizes: at 1 and 2 procs, compiled and not. */
import { beforeAll, describe, expect, it } from "vitest";
import { cli } from "./child.js";

const WAITS = "waits";
const CLOSED = "panics: send on closed channel";
const TWICE = "panics: close of closed channel";
/** The rows of Go's table: state, then send, recv, v-ok-recv, close, non-blocking send and recv, len/cap. */
const TABLE: Record<string, string[]> = {
  nil: [WAITS, WAITS, WAITS, "panics: close of nil channel", "false, len 0", "not ready, len 0", "0/0"],
  "open empty": [WAITS, WAITS, WAITS, "closed", "false, len 0", "not ready, len 0", "0/0"],
  "open buffered empty": ["sent, len 1", WAITS, WAITS, "closed", "true, len 1", "not ready, len 0", "0/2"],
  "with room": ["sent, len 2", "1, len 0", "1 true, len 0", "closed", "true, len 2", "1 true, len 0", "1/2"],
  full: [WAITS, "1, len 1", "1 true, len 1", "closed", "false, len 2", "1 true, len 1", "2/2"],
  "closed with values": [CLOSED, "1, len 0", "1 true, len 0", TWICE, CLOSED, "1 true, len 0", "1/2"],
  "closed drained": [
    CLOSED,
    "undefined, len 0",
    "undefined false, len 0",
    TWICE,
    CLOSED,
    "undefined false, len 0",
    "0/2",
  ],
};
const OPERATIONS = ["send", "recv", "recvOk", "close", "trySend", "tryRecv", "len/cap"];

describe.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 2, compile: false },
])("articles E39: channels, procs $procs, compiled: $compile", ({ procs, compile }) => {
  let lines: string[];
  beforeAll(async () => {
    const r = await cli("channels.ts", [], { procs, flags: compile ? [] : ["--no-compile"] });
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    lines = r.stdout.trimEnd().split("\n");
  });

  it.each(Object.keys(TABLE))("%s", (state) => {
    const got = OPERATIONS.map((op) => lines.find((l) => l.startsWith(`${state} ${op}: `)));
    expect(got).toEqual(OPERATIONS.map((op, i) => `${state} ${op}: ${TABLE[state]![i]}`));
  });

  it("values of all kinds arrive unchanged", () => {
    expect(lines.filter((l) => l.startsWith("value changed"))).toEqual([]);
    expect(lines.filter((l) => l.startsWith("cap "))).toEqual(["cap 0: 32 values, false", "cap 3: 32 values, false"]);
  });

  it("handles and goroutine functions travel, alone and inside data", () => {
    expect(lines).toContain("in data: true true true");
    expect(lines).toContain("alone: true true true");
  });

  it("a buffer is first in, first out, also round its end", () => {
    expect(lines).toContain("fifo: true");
  });

  it("close wakes all who wait; what is in the buffer stays", () => {
    expect(lines.filter((l) => l.startsWith("close of cap"))).toEqual([
      "close of cap 0: 50 x panics: send on closed channel, left: ",
      "close of cap 2: 50 x panics: send on closed channel, left: value 0, value 1",
      "close of cap 0: 50 x received undefined false, left: ",
      "close of cap 2: 50 x received undefined false, left: ",
    ]);
  });

  it("sizes out of range panic", () => {
    const bad = [-1, 1.5, NaN, Infinity, 2 ** 28 + 1, 2 ** 40, 2 ** 62, 3, null, {}];
    expect(lines.filter((l) => l.startsWith("chan("))).toEqual([
      "chan(-1) panics: makechan: size out of range",
      "chan(0): 0/0",
      "chan(0): 0/0",
      "chan(1): 0/1",
      ...bad.slice(1).map((n) => `chan(${String(n)}) panics: makechan: size out of range`),
    ]);
  });

  it("qa T27, qa T28: closing keeps the channel, making makes another; there is one nil", () => {
    expect(lines.slice(-3)).toEqual(["T27: true true", "T28: true true", "nil: chan(nil) true"]);
  });
});
