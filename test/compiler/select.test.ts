/** Which selects the compiler takes apart, and what it says about mistakes in them. That both forms agree is test/conformance/select.test.ts. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../src/compiler/compile.js";
import { compiled } from "./harness.js";

const emitted = (body: string, head = `import { goroutine, select } from "gosched";`): string =>
  compiled(`${head}\nconst m = goroutine(function* m(a, b, ch) {\n${body}\n});`, "dir/user.js").code;

describe("cases written in place", () => {
  it.each([
    ["yield* select({ a, b });", ".$s(", `{ names: ["a","b"], ids: [] }`],
    ["yield* select({ a, b, default: true });", ".$poll(", `{ names: ["a","b"], ids: [] }`],
    [`yield* select({ "two words": a, x: b });`, ".$s(", `["two words","x"]`],
    ["yield* select({ a, b, c: a, d: ch.onSend(1) });", ".$s(", `["a","b","c","d"]`],
    ["yield* select({ a });", ".$s(", `["a"]`],
    ["yield* select({ a, default: true });", ".$nb(", `"a", a)`],
    ["yield* select({ out: ch.onSend(5), default: true });", ".$nbsend(", `"out", ch, 5)`],
    ["yield* select({ out: ch?.onSend(5), default: true });", ".$nb(", `"out", (ch?.onSend(5)))`],
  ])("%s", (body, call, text) => {
    const code = emitted(body);
    expect(code).toContain(`select${call}`);
    expect(code).toContain(text);
  });

  it("also where select has another name", () => {
    expect(emitted("yield* pick({ a, b });", `import { goroutine, select as pick } from "gosched";`)).toContain(
      "pick.$s(",
    );
    expect(
      emitted("yield* gs.select({ a, b });", `import { goroutine } from "gosched"; import * as gs from "gosched";`),
    ).toContain("gs.select.$s(");
  });

  it("selects of the same cases share what is known of them", () => {
    const code = emitted("yield* select({ a, b }); yield* select({ a: ch, b }); yield* select({ b, a });");
    expect(code.match(/ids: \[\]/g)).toHaveLength(2);
  });
});

describe("with a default", () => {
  it("it is no suspension point", () => {
    const code = emitted("for (;;) { const r = yield* select({ a, default: true }); if (r.ok) return r.value; }");
    // Only the loop's own check can suspend.
    expect(code.match(/\$SUSPEND/g)).toHaveLength(2);
  });
  it("unless a case is computed by one, which comes first", () => {
    const code = emitted("yield* select({ a: yield* ch.recv(), default: true });");
    expect(code.indexOf(".$recv(")).toBeLessThan(code.indexOf('select.$nb("a", $sent)'));
  });
  it("a name that stands for two variables is a name", () => {
    const code = emitted(
      "{ const c = a(); yield* select({ c }); } { const c = b(); yield* select({ c, default: true }); }",
    );
    expect(code).not.toContain("c: c$");
  });
});

describe("an object stays an object where names or their order are not plain", () => {
  it.each([
    "yield* select(ch);",
    "yield* select({});",
    "yield* select({ default: true });",
    "yield* select({ ...ch });",
    "yield* select({ [a]: b });",
    "yield* select({ a: b, a: ch });",
    "yield* select({ 1: a, b });",
    `yield* select({ "10": a, b });`,
    "yield* select({ __proto__: a, b });",
    "yield* select({ get a() { return b; } });",
    "yield* select({ a() {} });",
    "yield* select({ a, default: b });",
    "yield* select({ a, default: false });",
    "yield* select({ a, default: true, default: true });",
    "yield* select({ a, b, c: a, d: b, e: ch });",
    "yield* select({ a }, b);",
  ])("%s", (body) => {
    const code = emitted(body);
    expect(code).not.toMatch(/\.\$(s|poll|nb|nbsend)\(/);
    expect(code).toContain(".$c(");
  });

  it("and a function of another module that is called select", () => {
    const code = emitted(
      "yield* select({ a, b });",
      `import { goroutine } from "gosched"; import { select } from "./mine.js";`,
    );
    expect(code).not.toMatch(/\.\$s\(/);
  });
});

describe("mistakes", () => {
  const fail = (body: string): string => {
    try {
      emitted(body);
    } catch (e) {
      expect(e).toBeInstanceOf(CompileError);
      return (e as Error).message;
    }
    throw new Error("compiled without an error");
  };
  it.each([
    ["select({ a, b });", "3:1: `select({ a, b })` does nothing without yield*: write `yield* select({ a, b })`"],
    [
      "yield* select({ a, msg: ch.recv() });",
      "3:25: `ch.recv()` is no case of a select, it receives by itself: write `ch`",
    ],
    [
      "yield* select({ out: ch.send(a + 1) });",
      "3:22: `ch.send(a + 1)` is no case of a select, it sends by itself: write `ch.onSend(a + 1)`",
    ],
    [
      "const r = yield* select({ a: ch.recvOk(), default: true });",
      "3:30: `ch.recvOk()` is no case of a select, it receives by itself: write `ch`",
    ],
  ])("%s", (body, message) => {
    expect(fail(body)).toContain(message);
  });
  it("a receive that is carried out first is a value like another", () => {
    expect(emitted("yield* select({ a: yield* ch.recv() });")).toContain(".$s(");
  });
});
