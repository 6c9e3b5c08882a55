import { fileURLToPath } from "node:url";
import { ESLint, RuleTester } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";
import gosched from "../../src/eslint/index.js";

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

const rule = gosched.rules["no-dropped-suspend"];
const head = `import { chan, go, goroutine, gosched, select } from "gosched";\n`;
/** A program whose goroutine function has this body. */
const body = (text: string): string => `${head}goroutine(function* main(ch, mu) {\n${text}\n});`;

const byName = new RuleTester({ languageOptions: { ecmaVersion: 2023, sourceType: "module" } });

/** A likely call (known by its method's name only): reported, with a suggestion instead of a fix. */
const likely = (code: string, output: string, name: string, line?: number) => ({
  code,
  output: null,
  errors: [
    {
      messageId: "dropped",
      data: { name },
      ...(line === undefined ? {} : { line }),
      suggestions: [{ messageId: "insert", output }],
    },
  ],
});

byName.run("no-dropped-suspend, without types", rule, {
  valid: [
    { name: "with yield*", code: body("yield* ch.send(1); const v = yield* ch.recv(); yield* gosched();") },
    { name: "a select with yield*", code: body("const r = yield* select({ ch, out: ch.onSend(1), default: true });") },
    { name: "calls that never suspend", code: body("ch.close(); mu.unlock(); ch.trySend(1); go(main); chan(3);") },
    { name: "the generator is kept", code: body("const g = ch.send(1); yield* g;") },
    { name: "the generator is handed on", code: body("return helper(ch.recv());") },
    { name: "outside of goroutine functions", code: `${head}socket.send("x"); function* other(ch) { ch.send(1); }` },
    { name: "a plain generator called go elsewhere", code: `const go = (f) => f; go(function* () { ch.send(1); });` },
    {
      name: "goroutine of another library",
      code: `import { goroutine } from "other"; goroutine(function* () { ch.send(1); });`,
    },
    {
      name: "a shadowed goroutine function",
      code: `${head}const f = goroutine(function* () {}); goroutine(function* () { const f = () => 1; f(); });`,
    },
    {
      name: "a let may hold something else",
      code: `${head}let f = goroutine(function* () {}); goroutine(function* () { f(); });`,
    },
    { name: "a computed method", code: body("ch[send](1);") },
    { name: "void: meant so", code: body("void socket.send(1);") },
    { name: "tested by an if", code: body("if (mu.lock()) return;") },
  ],
  invalid: [
    { name: "send", ...likely(body("  ch.send(1);"), body("  yield* ch.send(1);"), "ch.send(...)", 3) },
    {
      name: "inline goroutine",
      ...likely(
        `${head}go(function* () { ch.recv(); });`,
        `${head}go(function* () { yield* ch.recv(); });`,
        "ch.recv(...)",
      ),
    },
    {
      name: "inline goroutine within a goroutine",
      ...likely(
        body("go(function* () { mu.lock(); });"),
        body("go(function* () { yield* mu.lock(); });"),
        "mu.lock(...)",
      ),
    },
    {
      name: "a function passed by its name, declared before",
      ...likely(
        `${head}function* f(wg) { wg.wait(); }\nexport const main = goroutine(f);`,
        `${head}function* f(wg) { yield* wg.wait(); }\nexport const main = goroutine(f);`,
        "wg.wait(...)",
      ),
    },
    {
      name: "renamed import",
      ...likely(
        `import { goroutine as g } from "gosched"; g(function* () { this.ch.send(1); });`,
        `import { goroutine as g } from "gosched"; g(function* () { yield* this.ch.send(1); });`,
        "this.ch.send(...)",
      ),
    },
    {
      name: "namespace import",
      ...likely(
        `import * as gs from "gosched"; gs.goroutine(function* () { s.acquire(); });`,
        `import * as gs from "gosched"; gs.goroutine(function* () { yield* s.acquire(); });`,
        "s.acquire(...)",
      ),
    },
    { name: "after &&", ...likely(body("ok && ch.send(1);"), body("ok && (yield* ch.send(1));"), "ch.send(...)") },
    {
      name: "in a sequence whose value is used",
      ...likely(body("return (ch.send(1), 2);"), body("return ((yield* ch.send(1)), 2);"), "ch.send(...)"),
    },
    {
      name: "a for loop's update",
      ...likely(body("for (;; mu.lock()) {}"), body("for (;; (yield* mu.lock())) {}"), "mu.lock(...)"),
    },
    {
      name: "one arm of a conditional",
      ...likely(body("ok ? ch.send(1) : 0;"), body("ok ? (yield* ch.send(1)) : 0;"), "ch.send(...)"),
    },
    {
      name: "select() is certain: fixed, and what it is given is no mistake",
      code: body("select({ ch, out: ch.onSend(1) });"),
      output: body("yield* select({ ch, out: ch.onSend(1) });"),
      errors: [{ messageId: "dropped", data: { name: "select(...)" } }],
    },
    {
      name: "gosched() is certain: fixed",
      code: body("gosched();"),
      output: body("yield* gosched();"),
      errors: [{ messageId: "dropped", data: { name: "gosched(...)" } }],
    },
    {
      name: "a goroutine function of this file, bound below: fixed",
      code: body("worker(1);") + `\nconst worker = goroutine(function* (n) {});`,
      output: body("yield* worker(1);") + `\nconst worker = goroutine(function* (n) {});`,
      errors: [{ messageId: "dropped" }],
    },
    {
      name: "yield without its star: fixed",
      code: body("yield gosched();"),
      output: body("yield* gosched();"),
      errors: [{ messageId: "star" }],
    },
    {
      name: "in a callback no yield* is possible: no fix",
      code: body("list.forEach((x) => { ch.send(x); });"),
      output: null,
      errors: [{ messageId: "callback", suggestions: null as never }],
    },
    {
      name: "an optional call: no fix",
      code: body("ch?.send(1);"),
      output: null,
      errors: [{ messageId: "dropped", suggestions: null as never }],
    },
    {
      name: "options: another specifier, another method",
      code: `import { goroutine } from "../src/index.js"; goroutine(function* (b) { b.arrive(); });`,
      options: [{ modules: ["../src/index.js"], methods: ["arrive"] }],
      output: null,
      errors: [
        {
          messageId: "dropped",
          suggestions: [
            {
              messageId: "insert",
              output: `import { goroutine } from "../src/index.js"; goroutine(function* (b) { yield* b.arrive(); });`,
            },
          ],
        },
      ],
    },
  ],
});

const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const program = `${fixtures}/program.ts`;
const byType = new RuleTester({
  languageOptions: {
    parser: tseslint.parser as never,
    parserOptions: { projectService: true, tsconfigRootDir: fixtures },
  },
});
const typed = (text: string): string =>
  `import { goroutine } from "gosched";
declare class Chan { send(v: number): Generator<unknown, void, any>; }
declare const ch: Chan; declare const socket: { send(s: string): void }; declare const unknown: any;
declare function elsewhere(n: number): Generator<unknown, void, any>;
goroutine(function* () { ${text} });`;

byType.run("no-dropped-suspend, with types", rule, {
  valid: [
    { name: "a send that is no generator method", code: typed(`socket.send("x");`), filename: program },
    { name: "with yield*", code: typed(`yield* ch.send(1); yield* elsewhere(2);`), filename: program },
  ],
  invalid: [
    {
      name: "a method that returns a Generator is certain: fixed",
      code: typed("ch.send(1);"),
      output: typed("yield* ch.send(1);"),
      filename: program,
      errors: [{ messageId: "dropped" }],
    },
    {
      name: "an imported function that returns a Generator",
      code: typed("elsewhere(1);"),
      output: typed("yield* elsewhere(1);"),
      filename: program,
      errors: [{ messageId: "dropped" }],
    },
    {
      name: "any: the rule goes by names",
      code: typed("unknown.recv();"),
      output: null,
      filename: program,
      errors: [
        { messageId: "dropped", suggestions: [{ messageId: "insert", output: typed("yield* unknown.recv();") }] },
      ],
    },
  ],
});

describe("gosched/eslint", () => {
  it("recommended switches the rule on under the plugin's name", async () => {
    const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [gosched.configs.recommended] });
    const [result] = await eslint.lintText(body("gosched();"));
    expect(result?.messages.map((m) => [m.ruleId, m.severity])).toEqual([["gosched/no-dropped-suspend", 2]]);
  });
});
