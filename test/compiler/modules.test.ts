/** What a module may look like around its goroutine functions, and what it looks like afterwards. */
import { parse, tokenizer } from "acorn";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";
import { generate } from "./generate.js";
import { always, compare, compiled, randomPlan } from "./harness.js";

const IMPORT = 'import { goroutine, go, step, cell, log } from "gosched";';
const run = (source: string, entry = "main"): string[] => {
  const { code } = compiled(source);
  const { native, compiled: log } = compare(source, code, () => always, entry);
  expect(log).toEqual(native);
  return log;
};

describe("modules", () => {
  it("leaves a module without goroutine functions alone", () => {
    for (const text of [
      "export const a = 1;",
      "export const goroutine = (f) => f; goroutine(function* () {});",
      'import { go } from "gosched"; // goroutine',
      'import { goroutine } from "elsewhere"; export const m = goroutine(function* m() { yield* goroutine; });',
    ])
      expect(compile(text, "m.js", { runtimeUrl: "rt" }).code).toBe(text);
  });

  it("follows aliases, namespaces and other specifiers", () => {
    const count = (text: string, specifiers?: string[]): number =>
      compile(text, "m.js", { runtimeUrl: "rt", ...(specifiers ? { specifiers } : {}) }).goroutines;
    expect(count('import { goroutine as g } from "gosched"; const m = g(function* () {}); void "goroutine";')).toBe(1);
    expect(count('import * as G from "gosched"; const m = G.goroutine(function* () { G.go(function* () {}); });')).toBe(
      2,
    );
    expect(count('import { goroutine } from "../src/index.js"; const m = goroutine(function* () {});')).toBe(0);
    expect(
      count('import { goroutine } from "../src/index.js"; const m = goroutine(function* () {});', ["../src/index.js"]),
    ).toBe(1);
  });

  it("compiles goroutine functions wherever they stand at module level", () => {
    const source = `${IMPORT}
      const one = 1, two = goroutine(function* two(x) { return yield* step(x + one); });
      export let api = { three: goroutine(function* (x) { return (yield* two(x)) + (yield* step(1)); }), list: [goroutine(function* self(n) { return n === 0 ? yield* step("end") : yield* self(n - 1); })] };
      let later;
      later = goroutine(function* () { log("later"); go(function* () { log("inline", yield* step(one)); }); });
      export const main = goroutine(function* outer(n = 0) {
        log(yield* two(1), yield* api.three(4), yield* api.list[0](3), n);
        yield* later();
        if (n < 2) go(outer, n + 1);
        const o = { outer };
        log(o.outer === main || n >= 0);
      });`;
    run(source);
  });

  it("compiles a default export and a list of declarations", () => {
    const { code, goroutines } = compiled(
      `${IMPORT}\nexport default goroutine(function* main() { go(function* () {}); yield* main(); });\nvar a = goroutine(function* () {}), b = 1;`,
    );
    expect(goroutines).toBe(3);
    expect(code).toMatch(/^export default \(main\$f = function main\$\(/m);
    parse(code, { ecmaVersion: "latest", sourceType: "module" });
  });

  it("knows the function of an afterFunc in place, whose captures come behind it", () => {
    const { code, goroutines } = compiled(
      `import { afterFunc, goroutine } from "gosched";\nconst f = goroutine(function* f(ms, x) { afterFunc(ms, function* (a) { return a + x; }, 7); });`,
    );
    expect(goroutines).toBe(2);
    expect(code).toMatch(/afterFunc\(ms, [\w$]+, x, 7\)/);
  });

  it("knows who calls recover, in a plain function that is deferred where it is written", () => {
    const { code } = compiled(`import { defer, goroutine, recover } from "gosched";
      const f = goroutine(function* f(g) {
        defer(() => { recover(); }); defer(function () { return recover(); });
        defer(() => { [1].map(() => recover()); }); defer(function again() { recover(); again(); }); defer(async () => recover());
        const h = () => recover(); defer(h); defer(g, () => recover());
      });`);
    expect(code.match(/\$rt\.recoverplain\(\)/g)).toHaveLength(2);
    expect(code.match(/[^.]\brecover\(\)/g)).toHaveLength(5);
  });

  it("gives keys by name, in source order, and inline ones as Go does", () => {
    const { code } = compiled(`${IMPORT}
      const a = goroutine(function* f() {});
      const b = goroutine(function* f() { go(function* () { go(function* x() {}); }); go(function* () {}); });
      const c = [goroutine(function* () {}), goroutine(function* () {})];`);
    const keys = [...code.matchAll(/compiled\(("[^"]*"), ("[^"]*")/g)].map((m) => `${m[1]} ${m[2]}`);
    expect(keys.sort()).toEqual(
      [
        '"test.js#f" "f"',
        '"test.js#f#2" "f"',
        '"test.js#f#2.func1" "f.func1"',
        '"test.js#f#2.func1.func1" "f.func1.func1"',
        '"test.js#f#2.func2" "f.func2"',
        '"test.js#" ""',
        '"test.js##2" ""',
      ].sort(),
    );
  });

  it("avoids the names of the module", () => {
    run(`${IMPORT}
      const $g = 1, $pc = 2, $sent = 3, $rt = 4, $b = 5, main$ = 6, $t = 7, $F = 8, $SUSPEND = 9, $isArray = 10, $e = 11, x$ = 12;
      export const main = goroutine(function* main($fp, $f) {
        const x = yield* step($g); { const x = yield* step($pc); log(x); }
        for (const $a of new Set([$sent])) log(yield* step($a), x, $b, $t, $F, $e, x$, $rt, main$, $SUSPEND, $isArray);
        $fp = yield* step($f);
      });`);
  });

  it("keeps a hashbang, directives and CRLF lines", () => {
    const text = `#!/usr/bin/env node\r\n"use strict";\r\nimport { goroutine } from "gosched";\r\nexport const m = goroutine(function* m() {\r\n  yield* m();\r\n});\r\nL9;\r\n`;
    const { code } = compile(text, "m.js", { runtimeUrl: "rt" });
    expect(code.startsWith("#!/usr/bin/env node\r\n")).toBe(true);
    expect(code.split("\n").findIndex((l) => l.includes("L9"))).toBe(6);
    parse(code, { ecmaVersion: "latest", sourceType: "module" });
  });

  it("reports points, lines and parameters", () => {
    const { code } = compiled(`${IMPORT}
      export const m = goroutine(function* m(a, b = 1, ...c) {
        yield* step(
          yield* step(1));
        return yield* cell
          .step(2);
      });`);
    expect(code).toContain("{ params: 2, rest: true, file: $url, lines: [2,4,3,5] }");
  });

  it("says what pins", () => {
    const source = `${IMPORT}
      export const m = goroutine(function* m() {
        const map = new Map();
        let n = 0;
        const fs = [() => n++];
        const dead = new Set();
        yield* step(1);
        log(map, fs, n);
      });
      function f() { return goroutine(function* () {}); }`;
    const pins = compiled(source).pins.map((p) => `${p.name}:${p.line}`);
    expect(pins.sort()).toEqual(["fs:5", "goroutine():10", "map:3", "n:4"]);
  });
});

describe("private arrays and dead locals do not pin", () => {
  const source = readFileSync(new URL("fixtures/arrays.js", import.meta.url), "utf8");
  const { code } = compiled(source);
  it.each(["t_collect", "t_walk", "t_sort"])("%s", (entry) => {
    expect(compare(source, code, () => always, entry).pinned).toBe(0);
  });
  it("shared ones do", () => {
    expect(compare(source, code, () => always, "o_shared").pinned).toBeGreaterThan(0);
  });
  it("neither do callees and objects that are done with", () => {
    const text = `${IMPORT}
      const f = (x) => x, ns = { f };
      export const main = goroutine(function* () {
        const m = new Map([[1, 2]]);
        log(m.get(1), f(yield* step(1)), ns.f(yield* step(2)), console.log === f, Math.max(1, yield* step(3)));
        const size = m.size;
        const big = [1, 2, 3].map((x) => x + size);
        log(big.length);
        if (yield* step(true)) { yield* step(1); return yield* step(size); }
        log(m);
      });`;
    expect(compare(text, compiled(text).code, () => always, "main").pinned).toBe(4); // m, until it is decided that it is not needed
  });
});

describe("every statement stays on its line", () => {
  const check = (source: string): void => {
    const marked = source
      .split("\n")
      .map((l, i) => (l.startsWith("import") ? l : l.replace(/\blog\(/g, `log(LINE_${i + 1}, `)))
      .join("\n");
    const { code } = compiled(marked);
    expect(code.split("\n").length).toBe(marked.split("\n").length);
    const off: string[] = [];
    for (const t of tokenizer(code, { ecmaVersion: "latest", sourceType: "module", locations: true })) {
      const name = (t as unknown as { value: unknown }).value;
      if (typeof name !== "string" || !name.startsWith("LINE_")) continue;
      if (Number(name.slice(5)) !== t.loc!.start.line) off.push(`${name} at ${t.loc!.start.line}`);
    }
    expect(off).toEqual([]);
  };
  it.each(["expressions", "statements", "closures", "arrays", "lines"])("%s", (name) => {
    check(readFileSync(new URL(`fixtures/${name}.js`, import.meta.url), "utf8"));
  });
  it("generated", () => {
    for (let seed = 1; seed < 20; seed++) check(generate(seed));
  });
});

describe("limits", () => {
  it("recursion past the nesting limit goes through the trampoline", () => {
    const depth = 100_000;
    const source = `${IMPORT}
      const rec = goroutine(function* rec(n, ...r) { if (n === 0) { yield* step(0); return 0; } const k = n * 2; return 1 + (yield* rec(n - 1, 5)) + k - k; });
      const boom = goroutine(function* boom(n) { if (n === 0) throw new Error("bottom"); yield* boom(n - 1); });
      export const main = goroutine(function* () { log(yield* rec(${depth})); try { yield* boom(${depth}); } catch (e) { log(e.message); } });`;
    const { code } = compiled(source);
    const plan = () => ({ ...always, fpmax: 3000, stack: 1 << 25 });
    const { compiled: log, moves } = compare(source.replaceAll(String(depth), "10"), code, plan, "main");
    expect(log).toEqual([String(depth), "bottom", "result undefined"]);
    expect(moves).toBeGreaterThan(100);
  });

  it("4094 points are possible, 4095 are an error", () => {
    const source = (n: number): string =>
      `${IMPORT}\nexport const main = goroutine(function* () {\n${"yield* step(1);\n".repeat(n)}});`;
    const { code } = compiled(source(4094));
    expect(compare(source(4094), code, () => randomPlan(1), "main").compiled).toEqual(["result undefined"]);
    expect(() => compiled(source(4095))).toThrow(
      "test.js:2:31: goroutine function has 4095 suspension points, the limit is 4094: split it",
    );
  });

  it("a big module is quick", () => {
    const plain = Array.from({ length: 1000 }, (_, i) => `export function f${i}(a, b) { return a + b * ${i}; }`).join(
      "\n",
    );
    const source = `${IMPORT}\n${plain}\nexport const main = goroutine(function* () { log(yield* step(f999(1, 2))); });`;
    expect(source.length).toBeGreaterThan(47_000);
    const { code } = compiled(source);
    // The rest is untouched: not parsed into pieces and printed again.
    expect(code).toContain(plain);
  });
});
