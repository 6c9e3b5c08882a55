/** The runtime inside another program: start, go, chan, close; results, rejections, handles, several runtimes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chan, expectNoLeaks, FatalError, GoPanic, PanicError, run, start, type Runtime } from "gosched";
import "../conformance/child.js";
import * as lib from "./programs/lib.js";

describe("one runtime", () => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await start({ procs: 2, arena: 2 ** 26 });
  });
  afterAll(async () => {
    await expectNoLeaks(rt);
    await rt.close();
  });

  it("resolves with what the goroutine returns", async () => {
    expect(await rt.go(lib.add, 2, 3)).toBe(5);
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => rt.go(lib.add, i, i)));
    expect(all).toEqual(all.map((_, i) => 2 * i));
  });

  it.each([
    [undefined],
    [null],
    [NaN],
    [-0],
    [2n ** 100n],
    ["\u{1f439}".repeat(100)],
    [new Map([[1, { a: [1, 2] }]])],
    [new Date(5)],
    [new Uint8Array([1, 2, 3])],
  ])("copies %s in and out", async (v) => {
    expect(await rt.go(lib.same, v)).toEqual(v);
  });

  it("rejects only the call that failed, with its class, text and place, and goes on", async () => {
    const [bad, good] = await Promise.allSettled([rt.go(lib.fails, "far"), rt.go(lib.add, 1, 1)]);
    expect(good).toEqual({ status: "fulfilled", value: 2 });
    const e = (bad as PromiseRejectedResult).reason as Error;
    expect(e).toBeInstanceOf(RangeError);
    expect(e.message).toBe("far");
    expect(e.stack).toMatch(/programs\/lib\.ts:\d+/);
    expect(await rt.go(lib.add, 2, 2)).toBe(4);
  });

  it("an error keeps its causes", async () => {
    const e = (await rt.go(lib.failsWithCause).catch((x: unknown) => x)) as Error;
    expect(e.message).toBe("outer");
    expect(e.cause).toBeInstanceOf(TypeError);
    expect((e.cause as Error).message).toBe("inner");
    expect((e.cause as Error).cause).toBe("at the bottom");
  });

  it.each([["text"], [7], [null], [undefined], [{ code: 1 }]])("rejects with %s as it was thrown", async (v) => {
    expect(await rt.go(lib.throws, v).then(String, (e: unknown) => ({ e }))).toEqual({ e: v });
  });

  it("goexit ends the goroutine without a result, and no catch clause sees it", async () => {
    expect(await rt.go(lib.exits)).toBeUndefined();
  });

  it("a result that cannot cross threads is a TypeError that says so", async () => {
    await expect(rt.go(lib.returnsFunction)).rejects.toThrow(/^the result of a goroutine cannot cross threads: /);
    expect(await rt.go(lib.add, 1, 1)).toBe(2);
  });

  it("names what is not a goroutine function", async () => {
    const go = rt.go.bind(rt) as (f: unknown) => Promise<unknown>;
    await expect(go(undefined)).rejects.toThrow("go of nil func value");
    await expect(go(function plain() {})).rejects.toThrow(
      "rt.go: function plain is not a goroutine function; define it at",
    );
    await expect(go(function* gen() {})).rejects.toThrow(
      "rt.go: function gen is not a goroutine function; define it at",
    );
    await expect(go({})).rejects.toThrow("rt.go: an object is not a goroutine function");
  });

  it.each([
    ["a function", () => 1, /function .*cannot cross threads/],
    ["a symbol", Symbol("secret"), /Symbol\(secret\) cannot cross threads/],
    ["a WeakMap", new WeakMap(), /a value of type WeakMap cannot cross threads/],
    ["a stream", process.stdin, /cannot cross threads/],
    ["a promise", Promise.resolve(), /a value of type Promise cannot cross threads/],
    ["a function inside data", { list: [{ f() {} }] }, /a value of type Object cannot cross threads/],
  ])("rejects %s as an argument by a TypeError of one line", async (_name, v, text) => {
    const e = await rt.go(lib.same, v).catch((x: unknown) => x as Error);
    expect(e).toBeInstanceOf(TypeError);
    expect((e as Error).message).toMatch(text);
    expect((e as Error).message).not.toContain("\n");
    expect(await rt.go(lib.add, 1, 1)).toBe(2);
  });

  it("channels connect host and goroutines", async () => {
    const ch = rt.makeChan<number>();
    const total = rt.go(lib.sum, ch);
    const host = rt.chan(ch);
    for (let i = 1; i <= 20; i++) await host.send(i);
    await host.close();
    expect(await total).toBe(210);
    await expect(host.send(1)).rejects.toThrow(new GoPanic("send on closed channel"));
    await expect(host.close()).rejects.toThrow("close of closed channel");
    expect(await host.recv()).toBeUndefined();

    const out = rt.makeChan<number>(4);
    void rt.go(lib.generate, out, 50);
    const got: number[] = [];
    for await (const v of rt.chan(out)) got.push(v);
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it("a channel goes inside data to a goroutine, and comes back as a result", async () => {
    const ch = rt.makeChan<string>(1);
    await rt.go(lib.useChannel, { to: ch });
    expect(await rt.chan(ch).recv()).toBe("from the goroutine");
    const made = (await rt.go(lib.makeChannel)) as Chan<string>;
    await rt.chan(made).send("x");
    expect(await rt.chan(made).recv()).toBe("x");
    // The very function, alone and inside data, also one that the host has not used yet.
    expect(await rt.go(lib.same, lib.sum)).toBe(lib.sum);
    expect(await rt.go(lib.givesFunction)).toEqual({ f: lib.neverUsed, again: [lib.neverUsed] });
  });

  it.each([-1, NaN, 1.5, Infinity, 2 ** 40])("makeChan(%d) is out of range", (n) => {
    expect(() => rt.makeChan(n)).toThrow("makechan: size out of range");
  });

  it("the host's event loop is not blocked while both procs compute", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await Promise.all([rt.go(lib.spin, 300), rt.go(lib.spin, 300)]);
    clearInterval(timer);
    // A blocked loop would tick once, at the end.
    expect(ticks).toBeGreaterThan(5);
  });

  it("channel operations outside of goroutines say what to do instead", () => {
    const ch = rt.makeChan<number>();
    expect(() => ch.send(1)).toThrow(
      /ch\.send: not inside a goroutine; on the host use rt\.go\(\.\.\.\) or rt\.chan\(ch\)/,
    );
    expect(() => ch.trySend(1)).toThrow(/not inside a goroutine/);
    expect(() => ch.close()).toThrow(/not inside a goroutine/);
  });
});

describe("endings", () => {
  it("a panic in a goroutine that was spawned inside rejects everything that is pending", async () => {
    const rt = await start({ procs: 2, arena: 2 ** 26 });
    const all = await Promise.allSettled([rt.go(lib.forever), rt.go(lib.child), rt.chan(rt.makeChan()).recv()]);
    for (const r of all) {
      const e = (r as PromiseRejectedResult).reason as PanicError;
      expect(e).toBeInstanceOf(PanicError);
      expect(e.message).toBe("RangeError: in the child");
      expect(e.cause).toBeInstanceOf(RangeError);
      expect(e.exitCode).toBe(2);
    }
    await expect(rt.go(lib.add, 1, 1)).rejects.toBeInstanceOf(PanicError);
    await rt.close();
  });

  it("a fatal error in a goroutine of the host rejects everything that is pending", async () => {
    const rt = await start({ procs: 1, arena: 2 ** 26 });
    const all = await Promise.allSettled([rt.go(lib.forever), rt.go(lib.fatal)]);
    for (const r of all) expect((r as PromiseRejectedResult).reason).toEqual(new FatalError("go of nil func value"));
    await rt.close();
  });

  it("close rejects what is pending; afterwards every call says that it is closed; closing again is harmless", async () => {
    const rt = await start({ procs: 2, arena: 2 ** 26 });
    const ch = rt.makeChan<number>();
    const pending = [rt.go(lib.forever), rt.chan(ch).recv(), rt.go(lib.busy, 1e9)];
    const settled = Promise.allSettled(pending);
    await rt.close();
    for (const r of await settled)
      expect((r as PromiseRejectedResult).reason).toEqual(
        new Error("the runtime was closed before the goroutine ended"),
      );
    await rt.close();
    await expect(rt.go(lib.add, 1, 1)).rejects.toThrow("rt.go: the runtime is closed");
    await expect(rt.chan(ch).send(1)).rejects.toThrow("rt.chan: the runtime is closed");
    expect(() => rt.makeChan()).toThrow("rt.makeChan: the runtime is closed");
  });

  it("handles of another runtime, open or closed, alone or in data, are refused by name", async () => {
    const [a, b] = await Promise.all([start({ procs: 1, arena: 2 ** 24 }), start({ procs: 1, arena: 2 ** 24 })]);
    const foreign = a.makeChan<string>(1);
    const own = b.makeChan<unknown>(1);
    const refused = /^this Chan belongs to another runtime/;
    await expect(b.go(lib.same, foreign)).rejects.toThrow(refused);
    await expect(b.go(lib.useChannel, { to: foreign })).rejects.toThrow(/belongs to another runtime/);
    await expect(b.chan(own).send(foreign)).rejects.toThrow(refused);
    await expect(b.chan(foreign).send("x")).rejects.toThrow(refused);
    await a.close();
    await expect(b.go(lib.same, foreign)).rejects.toThrow(refused);
    expect(await b.go(lib.add, 1, 2)).toBe(3);
    await b.close();
  });

  it("locks come to the host as handles: used there, in another runtime, or after their own was closed, they are refused", async () => {
    const [a, b] = await Promise.all([start({ procs: 1, arena: 2 ** 24 }), start({ procs: 1, arena: 2 ** 24 })]);
    const { mutex, all } = await a.go(lib.makeLocks);
    expect(() => mutex.unlock()).toThrow("mu.unlock: not inside a goroutine");
    expect(() => mutex.lock()).toThrow("mu.lock: not inside a goroutine");
    const back = (await a.go(lib.same, { mutex, all })) as { mutex: unknown; all: unknown[] };
    expect([back.mutex === mutex, ...back.all.map((h, i) => h === all[i])]).toEqual(Array(7).fill(true));
    for (const closed of [false, true]) {
      if (closed) await a.close();
      for (const h of [mutex, ...all])
        await expect(b.go(lib.same, h)).rejects.toThrow(`this ${h.constructor.name} belongs to another runtime`);
      await expect(b.go(lib.same, { mutex })).rejects.toThrow("this Mutex belongs to another runtime");
    }
    await expect(a.go(lib.same, mutex)).rejects.toThrow("rt.go: the runtime is closed");
    await b.close();
  });

  it("two runtimes at once do not disturb each other", async () => {
    const rts = await Promise.all([start({ procs: 1, arena: 2 ** 24 }), start({ procs: 2, arena: 2 ** 24 })]);
    const sums = rts.map((rt) => {
      const ch = rt.makeChan<number>(2);
      void rt.go(lib.generate, ch, 500);
      return rt.go(lib.sum, ch);
    });
    expect(await Promise.all(sums)).toEqual([125250, 125250]);
    await Promise.all(rts.map((rt) => rt.close()));
  });

  it("run resolves with main's result, one run after the other and both at once", async () => {
    const options = { procs: 1, arena: 2 ** 24 };
    expect(await run(lib.main, options)).toBe("main's result");
    expect(await Promise.all([run(lib.main, options), run(lib.main, options)])).toEqual([
      "main's result",
      "main's result",
    ]);
  });

  it("await using closes", async () => {
    let seen: Runtime;
    {
      await using rt = await start({ procs: 1, arena: 2 ** 24 });
      seen = rt;
      expect(await rt.go(lib.add, 1, 1)).toBe(2);
    }
    await expect(seen.go(lib.add, 1, 1)).rejects.toThrow("closed");
  });
});

describe("options", () => {
  const bad: [object, RegExp][] = [
    ...[0, -1, 1025, 1.5, NaN, "x", null].map((procs): [object, RegExp] => [
      { procs },
      /^procs: .* is out of range; use/,
    ]),
    ...[0, 1000, 2 ** 20, 2 ** 33, NaN, "64m", 2 ** 24 + 0.5].map((arena): [object, RegExp] => [
      { arena },
      /^arena: .* out of/,
    ]),
    [{ arena: null }, /^arena: null is out of range/],
    [{ compile: "no" }, /^compile: expected true or false, got no$/],
    [{ maxStack: 1 }, /^maxStack: 1 is out of range/],
    [{ maxThreads: 0 }, /^maxThreads: 0 is out of range/],
    [{ proc: 2 }, /^unknown option proc; known are procs, arena/],
  ];
  it.each(bad)("%o", async (options, text) => {
    await expect(start(options as never)).rejects.toThrow(text);
    await expect(run(lib.main, options as never)).rejects.toThrow(text);
  });

  it.each([1, "procs", null])("options that are no object: %s", async (o) => {
    await expect(start(o as never)).rejects.toThrow(/^options: expected an object such as/);
  });

  it.each(["0", "1025", "1.5", "x", "-1"])("GOMAXPROCS=%s", async (value) => {
    const before = process.env["GOMAXPROCS"];
    process.env["GOMAXPROCS"] = value;
    try {
      await expect(start()).rejects.toThrow(/^GOMAXPROCS: .* is out of range; use an integer from 1 to 1024$/);
    } finally {
      if (before === undefined) delete process.env["GOMAXPROCS"];
      else process.env["GOMAXPROCS"] = before;
    }
  });

  it("gomaxprocs in a goroutine has the same limits", async () => {
    await using rt = await start({ procs: 1, arena: 2 ** 24 });
    for (const n of [-1, 1025, 1.5, NaN])
      await expect(rt.go(lib.procs, n)).rejects.toThrow(/^gomaxprocs: .* out of range/);
    expect(await rt.go(lib.procs, 3)).toEqual([1, 3]);
    expect(await rt.go(lib.procs, 0)).toEqual([3, 3]);
  });
});
