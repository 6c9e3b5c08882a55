/** Programs about select with the lines that Go prints, at 1 and 2 procs, compiled and not. */
import { beforeAll, describe, expect, it } from "vitest";
import { cli } from "./child.js";

const USE = "use a channel to receive, ch.onSend(value) to send, Chan.nil() to disable it";
const EXPECTED: Record<string, string[]> = {
  "qa T14: nil and a default": ["T14 default"],
  "qa T15: merging, a closed channel becomes nil": ["T15 55 12"],
  "qa T28: the consumer keeps the old channel": ["T27 99 true"],
  "articles E02, articles E03, articles E04": ["E02 no data received ", "E03  received the data  ok"],
  "articles E45: one close ends a hundred": ["E45 all ended"],
  "notes D08: send on closed channel": ["D08 send on closed channel", "D08 send on closed channel", "D08 default"],
  "notes T29: ticks are dropped": ["ticks 4 0"],
  "notes T21: two ready channels, within six nines": ["fair yes"],
  "values of all kinds, and losers": [
    "kinds 1|-0|1.5||short|a longer text, ÄÖ|\u{1f600}|null|undefined|true|1180591620717411303424|undefined",
    "objects 7 true",
  ],
  "all forms": ["forms a name of its own, b, computed, 3, ch613, a, default, y, 1"],
  "questions in place": [
    "questions default, 1, sent, sent, default, a, default, 6, false, nothing, 1, 2, 1, 1, send on closed channel, TypeError",
  ],
  "mistakes are one clear line": [
    "bad undefined TypeError: select: undefined is no set of cases; write select({ name: channel, ... })",
    "bad a channel TypeError: select: a Chan is no set of cases; write select({ name: channel, ... })",
    "bad an array TypeError: select: an array is no set of cases; write select({ name: channel, ... })",
    `bad no case TypeError: select: case msg is undefined; ${USE}`,
    `bad a text TypeError: select: case msg is a string; ${USE}`,
    `bad an object TypeError: select: case msg is an object; ${USE}`,
    `bad a promise TypeError: select: case msg is null; ${USE}`,
    "bad default TypeError: select: default is false; write default: true, or leave it out",
    `bad in place select: case msg is 5; ${USE}`,
    "bad value TypeError",
    "still open false default",
  ],
  "articles E51: ten thousand wait for ever": ["E51 true"],
};

describe.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 1, compile: false },
  { procs: 2, compile: false },
])("select, procs $procs, compiled: $compile", ({ procs, compile }) => {
  let lines: string[];
  beforeAll(async () => {
    const r = await cli("select.ts", [], { procs, flags: compile ? [] : ["--no-compile"] });
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    lines = r.stdout.replace(/\n$/, "").split("\n");
  });

  let at = 0;
  const where = Object.entries(EXPECTED).map(([name, want]) => [name, (at += want.length) - want.length] as const);
  it.each(where)("%s", (name, from) => {
    expect(lines.slice(from, from + EXPECTED[name]!.length)).toEqual(EXPECTED[name]);
  });
  it("and nothing else", () => expect(lines).toHaveLength(at));
});
