/** AbortSignals of the host and contexts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Canceled, DeadlineExceeded, start, type Runtime } from "gosched";
import "../conformance/child.js";
import * as lib from "./programs/lib.js";

describe("one runtime", () => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await start({ procs: 2, arena: 2 ** 26 });
  });
  afterAll(() => rt.close());
  const aborted = (s: AbortSignal): Promise<unknown> =>
    new Promise((resolve) => {
      if (s.aborted) resolve(s.reason);
      s.addEventListener("abort", () => resolve(s.reason));
    });

  it("a signal cancels its context, and what is below, with its reason", async () => {
    const c = new AbortController();
    const ctx = rt.contextFrom(c.signal);
    expect(rt.contextFrom(c.signal)).toBe(ctx);
    const results = [rt.go(lib.waitsFor, ctx), rt.go(lib.waitsBelow, ctx)];
    c.abort(new RangeError("enough"));
    expect(await Promise.all(results)).toEqual(["context canceled: enough", "context canceled: enough"]);
  });

  it("one that was aborted before gives a context that is done", async () => {
    expect(await rt.go(lib.waitsFor, rt.contextFrom(AbortSignal.abort("before")))).toBe("context canceled: before");
  });

  it.each([
    ["the default", undefined, "This operation was aborted"],
    ["a function", () => {}, "() => {}"],
    ["data", { code: 5 }, "5"],
  ])("reason: %s", async (_what, reason, text) => {
    const c = new AbortController();
    const r = rt.go(lib.waitsFor, rt.contextFrom(c.signal));
    c.abort(reason);
    expect(await r).toContain(text);
  });

  it("a time-out of the host", async () => {
    expect(await rt.go(lib.waitsFor, rt.contextFrom(AbortSignal.timeout(5)))).toContain("due to timeout");
  });

  it("a context aborts its signal: deadline, cancel, cause", async () => {
    const timed = rt.signalOf(await rt.go(lib.makesTimeout, 5));
    expect(await aborted(timed)).toBe(DeadlineExceeded);
    const ctx = await rt.go(lib.makesContext);
    const signal = rt.signalOf(ctx);
    expect(rt.signalOf(ctx)).toBe(signal);
    expect(signal.aborted).toBe(false);
    await rt.go(lib.cancels, ctx, undefined);
    expect(await aborted(signal)).toBe(Canceled);
    const other = await rt.go(lib.makesContext);
    await rt.go(lib.cancels, other, new TypeError("because"));
    const reason = await aborted(rt.signalOf(other));
    expect(reason).toBeInstanceOf(TypeError);
    expect((reason as Error).message).toBe("because");
  });

  it("a root is never done", async () => {
    expect(rt.signalOf(await rt.go(lib.makesRoot)).aborted).toBe(false);
  });

  it("anything else is refused", () => {
    expect(() => rt.contextFrom({} as never)).toThrow("rt.contextFrom: expected an AbortSignal");
    expect(() => rt.signalOf({} as never)).toThrow("rt.signalOf: expected a context");
  });
});

it("closing aborts the signals of contexts that are not done, and forgets the host's signals", async () => {
  const rt = await start({ procs: 1, arena: 2 ** 26 });
  const signal = rt.signalOf(await rt.go(lib.makesContext));
  const c = new AbortController();
  rt.contextFrom(c.signal);
  await rt.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(signal.aborted).toBe(true);
  expect((signal.reason as Error).message).toBe("the runtime was closed before the goroutine ended");
  c.abort();
  expect(() => rt.contextFrom(c.signal)).toThrow("rt.contextFrom: the runtime is closed");
});

it("goroutines that only watch a context for the host are not counted, and keep nobody busy", async () => {
  const rt = await start({ procs: 2, arena: 2 ** 26 });
  const before = (await rt.goroutines()).length;
  for (let i = 0; i < 50; i++) rt.signalOf(await rt.go(lib.makesContext));
  expect((await rt.goroutines()).length).toBe(before);
  await rt.close();
});
