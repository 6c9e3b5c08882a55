/** Interned names: one number for each text, in all threads of an arena, for as long as it lives. */
import { expect, test } from "vitest";
import { arena, attach } from "../../src/arena/arena.js";
import { intern, nameOf } from "../../src/arena/names.js";
import { world } from "../sched/world.js";

/** What another thread has: the module for itself, and the same arena. */
const copy = "../../src/arena/names.js?other";
const other = (await import(/* @vite-ignore */ copy)) as { intern: typeof intern; nameOf: typeof nameOf };

test("the same text has the same number, whoever asks first", () => {
  world(1);
  const texts = [
    "",
    "a",
    "ä",
    "\u{1f600}",
    "\ud800",
    "x".repeat(70_000),
    ...Array.from({ length: 500 }, (_, i) => `n${i}`),
  ];
  const ids = texts.map((s, i) => (i % 2 === 0 ? intern(s) : other.intern(s)));
  expect(new Set(ids).size).toBe(texts.length);
  texts.forEach((s, i) => {
    // The one that did not ask first has to learn it, by name or by number.
    if (i % 3 === 0) {
      expect(intern(s)).toBe(ids[i]);
      expect(other.intern(s)).toBe(ids[i]);
    }
    expect(nameOf(ids[i]!)).toBe(s);
    expect(other.nameOf(ids[i]!)).toBe(s);
  });
});

test("each arena has its own", () => {
  world(1);
  const one = arena!;
  const first = intern("first of one");
  const second = intern("second of one");
  world(1);
  expect(intern("of the other")).toBe(first);
  expect(nameOf(first)).toBe("of the other");
  attach(one);
  expect([nameOf(first), nameOf(second)]).toEqual(["first of one", "second of one"]);
  expect(intern("second of one")).toBe(second);
});
