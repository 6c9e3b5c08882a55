/** Goroutines call functions of the host. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, type Runtime, start } from "gosched";
import { node } from "../conformance/child.js";
import { fileURLToPath } from "node:url";
import * as lib from "./programs/lib.js";

const functions = {
  add: (a: number, b: number) => a + b,
  later: (v: unknown) => new Promise((resolve) => setTimeout(resolve, 2, v)),
  fails: (what: unknown) => {
    throw what;
  },
  never: () => new Promise(() => {}),
  code: () => {
    throw Object.assign(new RangeError("with a code"), { code: "ECODE", cause: new TypeError("deeper") });
  },
  unfit: () => () => 1,
};

describe.each([
  [1, true],
  [1, false],
  [2, true],
  [2, false],
])("procs=%i compile=%s", (procs, compile) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await start({ procs, compile, arena: 2 ** 26 });
    rt.expose(functions);
  });
  afterAll(() => rt.close());
  const calls = (name: keyof lib.Api, ...args: unknown[]): Promise<unknown> => rt.go(lib.callsHost, name, args);

  it("results, of promises too", async () => {
    expect(await calls("add", 2, 3)).toBe(5);
    expect(await calls("later", { a: [1, "two"] })).toEqual({ a: [1, "two"] });
    expect(await calls("later", undefined)).toBeUndefined();
  });

  it("what it throws is thrown, with class, text, code and cause", async () => {
    await expect(calls("fails", "text")).rejects.toBe("text");
    const e = (await calls("code").catch((x: unknown) => x)) as RangeError & { code: string };
    expect(e).toBeInstanceOf(RangeError);
    expect(e).toMatchObject({ message: "with a code", code: "ECODE" });
    expect(e.cause).toBeInstanceOf(TypeError);
  });

  it("an unknown name is an error that says what there is", async () => {
    await expect(calls("missing")).rejects.toThrow(
      "host.missing: not exposed by the host (exposed: add, later, fails, never, code, unfit); use rt.expose({ missing })",
    );
  });

  it("what cannot cross is an error on either way", async () => {
    await expect(calls("unfit")).rejects.toThrow(/cannot cross threads/);
    expect(await rt.go(lib.sendsUnfit)).toMatch(/cannot cross threads/);
  });

  it("channels cross", async () => {
    expect(await rt.go(lib.sendsHandle)).toBe(42);
  });

  it("many at a time", async () => {
    expect(await rt.go(lib.many, 50, 20)).toEqual(Array.from({ length: 50 }, () => 190));
  });

  it("a call that waits does not keep close()", async () => {
    const other = await start({ procs, compile, expose: functions });
    const pending = other.go(lib.callsHost, "never", []);
    expect(await other.go(lib.callsHost, "add", [1, 1])).toBe(2);
    const closed = other.close();
    await expect(pending).rejects.toThrow("closed before the goroutine ended");
    await closed;
  });
});

it("takes functions only", async () => {
  await expect(start({ expose: { a: 1 } as never })).rejects.toThrow("expose: a is not a function but 1");
  await expect(run(lib.many as never, { expose: 1 as never })).rejects.toThrow(
    "expose: 1 is not an object of functions",
  );
});

it("a program that runs: neither deadlock while the host works nor a process that stays", async () => {
  const ended = await node([fileURLToPath(new URL("programs/exposes.mjs", import.meta.url))]);
  expect(ended).toMatchObject({ code: 0, stdout: "slow 7\nover\n", stderr: "" });
});
