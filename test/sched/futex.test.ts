/** The runtime's mutex and notes: no wake-up is lost, and nobody is woken for nothing. */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import { lock, plock, punlock, unlock } from "../../src/arena/lock.js";
import { noteclear, notesleep, notetsleep, notewakeup } from "../../src/arena/note.js";
import { S_NCPU } from "../../src/arena/layout.js";
import { hooked, interleave, sleeps } from "./interleave.js";
import { token, world } from "./world.js";

let word = 0;
let notified = 0;
const fresh = (): void => {
  world(2);
  word = token();
  I[word] = 0;
  notified = 0;
};
function counting<T>(f: () => T): T {
  return hooked((op) => void (notified += op === "notify" ? 1 : 0), f);
}

describe.each([
  ["lock", lock, unlock],
  ["plock", plock, punlock],
] as const)("%s", (_name, take, give) => {
  test("an uncontended pair is two atomics and no notify", () => {
    fresh();
    const ops: string[] = [];
    hooked(
      (op) => void ops.push(op),
      () => {
        take(word);
        give(word);
      },
    );
    expect(ops).toEqual(["compareExchange", "exchange"]);
    expect(I[word]).toBe(0);
  });

  test.each([1, 2])("a thread that finds it locked sleeps, and the holder then notifies: %d core(s)", (cores) => {
    fresh();
    I[S_NCPU] = cores;
    counting(() => take(word));
    expect(sleeps(() => take(word))).toBe(true);
    expect(I[word]).toBe(2);
    counting(() => give(word));
    expect(notified).toBe(1);
    // Who has slept gets it in state 2, for others may sleep still.
    counting(() => take(word));
    counting(() => give(word));
    expect(notified).toBe(1);
  });

  test("at no point of the unlock does a sleeper stay behind", () => {
    let slept = false;
    let orders = 0;
    const setup = (): void => {
      fresh();
      take(word);
      slept = false;
    };
    // The other one's attempt in full, before each step of the unlock. It sleeps where the lock is still held.
    const attempt = (): void => {
      slept = sleeps(() => take(word));
    };
    for (let k = 0; k < 3; k++) {
      setup();
      let n = 0;
      let inside = false;
      hooked(
        (op) => {
          if (!inside && n++ === k) {
            inside = true;
            attempt();
            inside = false;
          }
          if (!inside && op === "notify") notified++;
        },
        () => give(word),
      );
      if (n <= k) attempt();
      orders++;
      // It sleeps and was notified after that, or it has the lock.
      if (slept) expect(notified).toBe(1);
      else expect(I[word]).not.toBe(0);
    }
    expect(orders).toBe(3);
  });

  test("the holder unlocks at each point of the other's attempt: it gets the lock", () => {
    const r = interleave(
      () => {
        fresh();
        take(word);
      },
      () => take(word),
      () => give(word),
      (aslept, at) => {
        // At the end: it had slept before the lock was given back.
        if (aslept !== (at === "the end")) throw new Error("it sleeps although the lock was given back");
        if (!aslept) expect(I[word]).not.toBe(0);
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });
});

test("unlocking an unlocked lock is a fatal error", () => {
  fresh();
  expect(() => unlock(word)).toThrow("unlock of unlocked lock");
});

describe("notes", () => {
  test.each([0, 2, -2, 0x7ffffffe])("an early wake-up is not lost: epoch %d", (epoch) => {
    fresh();
    I[word] = epoch;
    noteclear(word);
    notewakeup(word);
    expect(sleeps(() => notesleep(word))).toBe(false);
    expect(notetsleep(word, 1000)).toBe(true);
    noteclear(word);
    expect(I[word]! & 1).toBe(0);
    expect(sleeps(() => notesleep(word))).toBe(true);
    expect(notetsleep(word, 1)).toBe(false);
  });

  test("a second wake-up in one round is an error", () => {
    fresh();
    notewakeup(word);
    expect(() => notewakeup(word)).toThrow("notewakeup - double wakeup");
    noteclear(word);
    notewakeup(word);
  });

  test("clearing an armed note changes nothing", () => {
    fresh();
    I[word] = 6;
    noteclear(word);
    expect(I[word]).toBe(6);
  });

  test("a wake-up at each point of the sleep ends it", () => {
    const r = interleave(
      fresh,
      () => notesleep(word),
      () => notewakeup(word),
      (aslept, at) => {
        if (aslept !== (at === "the end")) throw new Error(aslept ? "sleeps on" : "never slept");
      },
    );
    expect(r.orders).toBe(4);
  });

  test("a sleeper that is late by a whole round does not sleep through it", () => {
    const r = interleave(
      fresh,
      () => notesleep(word),
      () => {
        notewakeup(word);
        noteclear(word);
      },
      (aslept, at) => {
        // Before it has looked at the note a new round has begun, and that it sleeps in is right.
        const first = at.endsWith("operation 0");
        if (aslept !== (first || at === "the end")) throw new Error(aslept ? "sleeps through a round" : "never slept");
      },
    );
    expect(r.orders).toBe(4);
  });

  test("two wakers: one of them is told", () => {
    let errors = 0;
    const wake = (): void => {
      try {
        notewakeup(word);
      } catch {
        errors++;
      }
    };
    interleave(
      () => {
        fresh();
        errors = 0;
      },
      wake,
      wake,
      () => {
        expect(errors).toBe(1);
        expect(I[word]).toBe(1);
      },
    );
  });
});
