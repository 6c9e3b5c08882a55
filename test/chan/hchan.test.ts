/** Channels without threads: the look without the lock, in all orders (interleave.ts), and errors under the lock. */
import { beforeEach, describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import { C_LOCK, C_QCOUNT } from "../../src/arena/layout.js";
import { BLOCKED, CLOSED, closechan, makechan, tryrecv, trysend } from "../../src/chan/hchan.js";
import { GoPanic } from "../../src/stack/fatal.js";
import { interleave } from "../sched/interleave.js";
import { as, world } from "../sched/world.js";

let c = 0;
let got: unknown[] = [];
const fresh = (size: number, ...values: unknown[]): void => {
  world(2);
  c = makechan(size);
  for (const v of values) expect(trysend(c, v)).toBe(true);
  got = [];
};
const recv = (who: number) => (): void => as(who, () => void got.push(tryrecv(c)));
const send = (who: number, v: unknown) => (): void =>
  as(who, () => {
    try {
      got.push(trysend(c, v));
    } catch (e) {
      if (!(e instanceof GoPanic)) throw e;
      got.push(e.message);
    }
  });
const close = (who: number) => (): void => as(who, () => closechan(c));

describe("in every order", () => {
  test("a receive that does not wait is never blocked on a channel that has a value or is closed", () => {
    const r = interleave(
      () => fresh(1, "kept"),
      recv(0),
      close(1),
      () => expect(got).toEqual(["kept"]),
    );
    expect(r.orders).toBeGreaterThan(1);
    interleave(
      () => fresh(1, "kept"),
      close(0),
      recv(1),
      () => expect(got).toEqual(["kept"]),
    );
    // Empty and open at first: blocked, or closed; afterwards it is closed.
    interleave(
      () => fresh(1),
      recv(0),
      close(1),
      () => {
        expect([BLOCKED, CLOSED]).toContain(got[0]);
        recv(1)();
        expect(got[1]).toBe(CLOSED);
      },
    );
  });

  test("one value, two receivers: one gets it", () => {
    interleave(
      () => fresh(3, 7.5),
      recv(0),
      recv(1),
      () => {
        expect(got).toContain(7.5);
        expect(got).toContain(BLOCKED);
      },
    );
  });

  test("one place, two senders: one has it", () => {
    const r = interleave(
      () => fresh(1),
      send(0, "a long string of the first sender"),
      send(1, "a long string of the second one"),
      () => {
        expect([...got].sort()).toEqual([false, true]);
        expect(I[c + C_QCOUNT]).toBe(1);
        expect(String(tryrecv(c))).toMatch(/^a long string of the (first sender|second one)$/);
      },
    );
    expect(r.orders).toBeGreaterThan(1);
  });

  test("a send meets a close: it is done before, or panics", () => {
    interleave(
      () => fresh(1),
      send(0, 5),
      close(1),
      () => {
        const [sent] = got;
        recv(0)();
        if (sent === true) expect(got[1]).toBe(5);
        else expect([sent, got[1]]).toEqual(["send on closed channel", CLOSED]);
      },
    );
  });
});

describe("errors leave the channel unlocked", () => {
  beforeEach(() => fresh(2));
  const unlocked = (): void => {
    expect(I[c + C_LOCK]).toBe(0);
    expect(trysend(c, 1)).toBe(true);
  };

  test("a value that cannot cross threads", () => {
    expect(() => trysend(c, () => {})).toThrow(TypeError);
    unlocked();
  });

  test("a value that this thread cannot read: a function of a module that it has not loaded", () => {
    const stranger = Object.assign(() => {}, { $id: 4711 << 12, $key: "elsewhere#f" });
    expect(trysend(c, stranger)).toBe(true);
    expect(() => tryrecv(c)).toThrow("is not loaded in this thread");
    unlocked();
    expect(tryrecv(c)).toBe(1);
  });

  test("sending to and closing a closed channel", () => {
    closechan(c);
    expect(() => trysend(c, "some text that needs memory")).toThrow("send on closed channel");
    expect(() => closechan(c)).toThrow("close of closed channel");
    expect(I[c + C_LOCK]).toBe(0);
    expect(tryrecv(c)).toBe(CLOSED);
  });
});
