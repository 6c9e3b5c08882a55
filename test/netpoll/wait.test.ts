/** `yield* wait(promise)`. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { start } from "gosched";
import { cli } from "../conformance/child.js";
import * as lib from "./programs/lib.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));
const PROMISES = [
  "not a promise: 7 undefined",
  "RangeError: far",
  "thrown: text",
  "sum 125250",
  "busy 1",
  "locked true true true",
  "lines true",
  "200 you asked for /x",
];

describe.each([
  [1, []],
  [1, ["--no-compile"]],
  [2, []],
  [2, ["--no-compile"]],
])("procs=%i %s", (procs, flags) => {
  it("values, rejections, others running meanwhile, fs and fetch", async () => {
    const ended = await cli(`${programs}promises.ts`, [], { procs, flags });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout.trimEnd().split("\n")).toEqual(PROMISES);
  });

  it("with the stand-in for Atomics.waitAsync", async () => {
    const ended = await cli(`${programs}promises.ts`, ["without waitAsync"], { procs, flags });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout.trimEnd().split("\n")).toEqual(PROMISES);
  });
});

it("a goroutine that computes without a pause gives way to the event loop", async () => {
  const ended = await cli(`${programs}hog.ts`, [], { procs: 1 });
  expect(ended).toMatchObject({ code: 0, stdout: "in time 1\n", stderr: "" });
});

describe.each([1, 2])("everything asleep at procs=%i", (procs) => {
  it("after the last promise it is a deadlock", async () => {
    const ended = await cli(`${programs}asleep.ts`, [], { procs });
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe("waited\n");
    expect(ended.stderr).toContain("fatal error: all goroutines are asleep - deadlock!");
  });

  it("but a promise that nobody settles is waited for", async () => {
    const ended = await cli(`${programs}asleep.ts`, ["never"], {
      procs,
      started: (child) => {
        child.stdout!.on("data", () => void setTimeout(() => child.kill("SIGTERM"), 500));
      },
    });
    expect(ended).toMatchObject({ code: null, signal: "SIGTERM", stdout: "waited\n", stderr: "" });
  });
});

it("close() does not wait for a promise", async () => {
  const rt = await start({ procs: 2 });
  const pending = rt.go(lib.waitsForEver);
  expect(await rt.go(lib.waits, 3)).toBe(3);
  const closed = rt.close();
  await expect(pending).rejects.toThrow("the runtime was closed before the goroutine ended");
  await closed;
});

it("outside of a goroutine it says where it belongs", () => {
  expect(() => lib.outside()).toThrow("wait: not inside a goroutine");
});
