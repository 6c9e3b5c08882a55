/** Mistakes are found when a module is compiled: file, line, column, one line that names the thing and the remedy. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../src/compiler/compile.js";
import { compiled } from "./harness.js";

const fail = (source: string): string => {
  try {
    compiled(source, "dir/user.js");
  } catch (e) {
    expect(e).toBeInstanceOf(CompileError);
    expect((e as Error).message).not.toContain("\n");
    return (e as Error).message;
  }
  throw new Error("compiled without an error");
};
const inside = (body: string, params = ""): string =>
  fail(
    `import { goroutine, go, chan, gosched, defer } from "gosched";\nconst helper = goroutine(function* helper() {});\nconst m = goroutine(function* m(${params}) {\n${body}\n});`,
  );

describe("errors", () => {
  it.each([
    ["this.x = 1;", "4:1: goroutine functions have no `this`: pass it as a parameter"],
    ["const f = () => this;", "4:17: goroutine functions have no `this`: pass it as a parameter"],
    ["new.target;", "4:1: goroutine functions have no `new.target`: pass it as a parameter"],
    ["\n  yield 1;", "5:3: a goroutine function cannot yield values: write yield* in front of a suspending call"],
    ["yield;", "4:1: a goroutine function cannot yield values: write yield* in front of a suspending call"],
    ["go(() => 1);", "4:4: go() needs a generator function: write function* instead of the arrow"],
    ["defer();", "4:1: defer() needs a function: write defer(f, ...args)"],
    ["const f = () => defer(g);", "4:17: defer() in a plain function: it belongs directly into a goroutine function"],
    ["defer(async function* () {});", "4:7: a goroutine function cannot be async"],
    ["let n = 0; defer(function* () { n = 1; });", "4:33: inline goroutine captures `n`, which changes"],
    ["go(function () {});", "4:4: go() needs a generator function: write function* instead of function"],
    [
      "go(async function* () {});",
      "4:4: a goroutine function cannot be async: write function*, and yield* where it waits",
    ],
    [
      "let n = 0; n++;\ngo(function* () {\n  n;\n});",
      "6:3: inline goroutine captures `n`, which changes: pass it as a parameter, or share it through a channel or a Mutex-guarded value",
    ],
    [
      "for (let i = 0; i < 3; i++) { go(function* () { i; }); i++; }",
      "4:49: inline goroutine captures `i`, which changes",
    ],
    ["let n = 0; go(function* () { n = 1; });", "4:30: inline goroutine captures `n`, which changes"],
    [
      "for (var i = 0; i < 3; i++) { var k = i; go(function* () { k; }); }",
      "4:60: inline goroutine captures `k`, which changes",
    ],
    [
      "const c = 1; const f = goroutine(function* () { c; });",
      "4:34: a goroutine function made inside another captures `c`: pass it as a parameter, or start it with go(function* () {...}) in place",
    ],
    [
      "const ch = chan();\nch.send(1);",
      "5:1: `ch.send(1)` does nothing without yield*: write `yield* ch.send(1)` (or `void ch.send(1)` if it is not a goroutine operation)",
    ],
    [
      "mu.lock(); wg.wait();",
      "4:1: `mu.lock()` does nothing without yield*: write `yield* mu.lock()` (or `void mu.lock()` if it is not a goroutine operation)",
    ],
    ["gosched();", "4:1: `gosched()` does nothing without yield*: write `yield* gosched()`"],
    ["helper();", "4:1: `helper()` does nothing without yield*: write `yield* helper()`"],
    ["m();", "4:1: `m()` does nothing without yield*: write `yield* m()`"],
    [
      "[1].forEach((x) => { ch.send(x); });",
      "4:22: `ch.send(x)` does nothing without yield*: a plain function cannot suspend, make it a goroutine function",
    ],
    ["go(function* () { ch.send(1); });", "4:19: `ch.send(1)` does nothing without yield*: write `yield* ch.send(1)`"],
    ["if (x) {", "5:2: Unexpected token"],
    ["return 1 +;", "4:11: Unexpected token"],
  ])("%s", (body, message) => {
    expect(inside(body)).toContain(`dir/user.js:${message}`);
  });

  it("goroutine() of something else", () => {
    const of = (arg: string): string => fail(`import { goroutine } from "gosched";\ngoroutine(${arg});`);
    expect(of("")).toBe("dir/user.js:2:1: goroutine() needs a function: write goroutine(function* () { ... })");
    expect(of("() => 1")).toBe(
      "dir/user.js:2:11: goroutine() needs a generator function: write function* instead of the arrow",
    );
    expect(of("function () {}")).toBe(
      "dir/user.js:2:11: a goroutine function must be a generator: write function* instead of function",
    );
    expect(of("async function* () {}")).toBe(
      "dir/user.js:2:11: a goroutine function cannot be async: write function*, and yield* where it waits",
    );
  });

  it("what is no mistake", () => {
    expect(() =>
      compiled(`import { goroutine, go, gosched } from "gosched";
        function outside() { ch.send(1); this.x = 1; }
        const m = goroutine(function* m() {
          void ws.send(1); const r = ch.send(2); ch.close(); trySend(ch.send);
          const o = { f() { return this.x; }, get g() { return super.g; } };
          class A { x = this; constructor() { new.target; } static { this.y = 1; } }
          for (let i = 0; i < 3; i++) go(function* () { yield* gosched(); i; });
          function* plain() { yield 1; }
          async function later() { await 1; }
          yield* m();
        });`),
    ).not.toThrow();
  });
});
