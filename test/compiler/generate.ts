/**
 * Random goroutine functions. Every construct may stand in every other; names are declared before they are used (but may
 * shadow, be captured, be reassigned from closures), and loops are bounded.
 */
import { random } from "./harness.js";

interface Var {
  readonly name: string;
  readonly writable: boolean;
  readonly numeric: boolean;
}

interface Scope {
  readonly vars: Var[];
  readonly labels: { name: string; loop: boolean }[];
  readonly inLoop: boolean;
  readonly inSwitch: boolean;
  /** Inside a nested plain function nothing suspends. */
  readonly plain: boolean;
  readonly depth: number;
}

export const IMPORTS = `import { goroutine, go, step, cell, log, gosched, defer, panic, recover, returned } from "gosched";
`;
const HEAD = `const N = (x) => (typeof x === "string" ? x.slice(0, 6) : typeof x === "number" ? x % 1000 : typeof x === "object" ? 7 : x);
const L = (x) => (log("L", x), x);
const fs = [];
const iter = (n) => ({ [Symbol.iterator]() { let i = 0; return { next() { log("next", i); return { value: i, done: i++ >= n }; }, return() { log("return"); return {}; } }; } });
`;

export interface GenerateOptions {
  /** With defer, panic, recover and returned instead of goroutines. */
  readonly defers?: boolean;
}

export function generate(seed: number, { defers = false }: GenerateOptions = {}): string {
  const next = random(seed * 2654435761);
  for (let i = 0; i < 8; i++) next();
  const int = (n: number): number => Math.floor(next() * n);
  const chance = (p: number): boolean => next() < p;
  const pick = <T>(xs: readonly T[]): T => xs[int(xs.length)]!;
  let names = 0;
  let budget = 0;
  const functions: { name: string; params: number }[] = [];

  const inner = (s: Scope, more: Partial<Scope> = {}): Scope => ({
    ...s,
    vars: [...s.vars],
    depth: s.depth + 1,
    ...more,
  });

  // ---- expressions

  const leaf = (s: Scope): string => {
    if (s.vars.length > 0 && chance(0.7)) return pick(s.vars).name;
    return pick(
      ["0", "1", "2", "-3", "0.5", '"s"', "true", "null", "undefined", "NaN", "-0", "[]", "{}"].map((x) =>
        x === "{}" ? "({})" : x,
      ),
    );
  };
  const suspend = (s: Scope, d: number): string => {
    if (functions.length > 0 && chance(0.25)) {
      const f = pick(functions);
      const args = Array.from({ length: f.params }, () => expr(s, d + 1));
      if (chance(0.2)) return `(yield* ${f.name}(...[${args.join(", ")}]))`;
      return `(yield* ${f.name}(${args.join(", ")}))`;
    }
    if (chance(0.2)) return `(yield* cell.step(${expr(s, d + 1)}))`;
    return `(yield* step(${expr(s, d + 1)}))`;
  };
  const target = (s: Scope): string => {
    const w = s.vars.filter((v) => v.writable && !v.numeric);
    if (w.length > 0 && chance(0.6)) return pick(w).name;
    return chance(0.5) ? `L(o).p${int(3)}` : `o[${chance(0.3) && !s.plain ? suspend(s, 3) : `"p" + ${int(3)}`}]`;
  };
  const expr = (s: Scope, d = 0): string => {
    if (d > 3 || budget-- < 0) return leaf(s);
    const e = (): string => expr(s, d + 1);
    switch (int(s.plain ? 17 : 22)) {
      case 0:
      case 1:
        return leaf(s);
      case 2:
        return `(${e()} ${pick(["+", "-", "*", "<", "===", "|", "%"])} ${e()})`.replace(/\* \(\{\}\)/, "* 2");
      case 3:
        return `L(${e()})`;
      case 4:
        return `(${e()} ? ${e()} : ${e()})`;
      case 5:
        return `(${e()} ${pick(["&&", "||"])} ${e()})`;
      case 6:
        return `(${e()} ?? ${e()})`;
      case 7:
        return `[${e()}, ${chance(0.4) ? `...[${e()}], ` : ""}${e()}].length`;
      case 8:
        return `N(\`\${N(${e()})}-\${N(${e()})}\`)`;
      case 9:
        return `({ a: ${e()}, [${chance(0.5) ? '"b"' : `N(${e()})`}]: ${e()}, ...o }).a`;
      case 10:
        return `(${target(s)} = N(${e()}))`;
      case 11:
        return `(${target(s)} ${pick(["+=", "-=", "??=", "||=", "&&="])} N(${e()}))`;
      case 12:
        return `(${e()}, ${e()})`;
      case 13:
        return `Math.max(${e()}, ${e()}, ...[${e()}])`;
      case 14:
        return `o?.[${e()}]`;
      case 15:
        return `[${e()}, 2].map((x) => N(${expr(inner(s, { plain: true, vars: [...s.vars, { name: "x", writable: true, numeric: false }] }), d + 2)})).join()`;
      case 16: {
        const nums = s.vars.filter((v) => v.numeric && v.writable);
        return nums.length > 0
          ? `${pick(nums).name}${pick(["++", "--", " += 2", " = 5"])}`.replace(/^(.* [+=].*)$/, "($1)")
          : leaf(s);
      }
      default:
        return suspend(s, d);
    }
  };

  // ---- statements

  const declare = (s: Scope, v: Var): void => {
    const i = s.vars.findIndex((x) => x.name === v.name);
    if (i >= 0) s.vars.splice(i, 1);
    s.vars.push(v);
  };
  const block = (s: Scope, n = 1 + int(3)): string => {
    const mine = inner(s);
    const used = new Set<string>();
    const out: string[] = [];
    const hidden = mine.vars.filter((v) => !v.numeric && !v.name.endsWith("()"));
    if (hidden.length > 0 && chance(0.25)) {
      const v = pick(hidden);
      used.add(v.name);
      declare(mine, { name: v.name, writable: true, numeric: false });
      out.push(`let ${v.name} = ${pick(["1", '"h"', "yield* step(3)", "undefined"].slice(0, s.plain ? 2 : 4))};`);
    }
    for (let i = 0; i < n; i++) out.push(statement(mine, used));
    return `{ ${out.join("\n")} }`;
  };
  /** A name that is not visible here; siblings often use the same ones. */
  const fresh = (s: Scope, used: Set<string>): string => {
    const n = `n${int(5)}`;
    if (used.has(n) || s.vars.some((v) => v.name === n)) return `v${names++}`;
    used.add(n);
    return n;
  };
  const loopScope = (s: Scope, label: string | undefined, vars: Var[]): Scope =>
    inner(s, {
      inLoop: true,
      inSwitch: false,
      vars: [...s.vars.filter((v) => !vars.some((x) => x.name === v.name)), ...vars],
      labels: label ? [...s.labels, { name: label, loop: true }] : s.labels,
    });

  const statement = (s: Scope, used: Set<string>): string => {
    if (budget-- < 0 || s.depth > 5) return `log(${leaf(s)});`;
    if (chance(0.08)) return tight(s);
    const kind = int(s.plain ? 12 : defers ? 34 : 27);
    switch (kind) {
      case 0:
      case 1:
        return `log(${expr(s)}, ${expr(s)});`;
      case 2: {
        const init = expr(s);
        const n = fresh(s, used);
        const word = pick(["let", "const", "const"]);
        declare(s, { name: n, writable: word === "let", numeric: false });
        return `${word} ${n} = N(${init});`;
      }
      case 3: {
        const n = `v${names++}`;
        declare(s, { name: n, writable: true, numeric: true });
        return `let ${n} = ${int(5)};`;
      }
      case 4:
        return `${target(s)} = N(${expr(s)});`;
      case 5:
        return `if (${expr(s)}) ${block(s)}${chance(0.5) ? ` else ${block(s)}` : ""}`;
      case 6: {
        // Closures of all kinds.
        const body = inner(s, { plain: true, inLoop: false, inSwitch: false, labels: [] });
        const text = chance(0.5)
          ? `() => N(${expr(body)})`
          : `() => { ${statement(body, new Set())} return N(${expr(body)}); }`;
        const n = `f${names++}`;
        const wholly = chance(0.5) ? `const ${n} = ${text};` : `function ${n}() { return (${text})(); }`;
        const use = pick([`log(${n}());`, `fs.push(${n});`, `log(${n}()); fs.push(${n});`, ""]);
        declare(s, { name: `${n}()`, writable: false, numeric: false });
        return `${wholly} ${use}`;
      }
      case 7:
        return s.plain ? `log("plain");` : `log(fs.at(-1)?.());`;
      case 8: {
        const a = `v${names++}`;
        const b = `v${names++}`;
        const suspends = s.plain ? leaf(s) : expr(s);
        const text = pick([
          `const { p0: ${a} = ${suspends}, ...${b} } = o;`,
          `let [${a}, ${b} = ${suspends}] = [${expr(s)}];`,
          `let { [N(${expr(s)})]: ${a}, p1: ${b} = ${suspends} } = { p1: ${leaf(s)} };`,
          `var ${a} = N(${expr(s)}), ${b};`,
        ]);
        declare(s, { name: a, writable: !text.startsWith("const"), numeric: false });
        return text + ` log(${a}, ${b});`;
      }
      case 9:
        return `${expr(s)};`.replace(/^[({[`]/, "void $&").replace(/^function/, "void function");
      case 10:
        if (s.inLoop && chance(0.6))
          return chance(0.7)
            ? `if (${expr(s)}) ${pick(["break", "continue"])}${label(s)};`
            : `if (${leaf(s)}) continue;`;
        return chance(0.3) ? `if (${expr(s)}) return N(${expr(s)});` : `log(${leaf(s)});`;
      case 11:
        return chance(0.3) ? `if (${expr(s)}) throw new Error("t" + N(${expr(s)}));` : `log("x");`;
      case 12:
      case 13: {
        const n = `i${names++}`;
        const l = chance(0.3) ? `l${names++}` : undefined;
        const v = { name: n, writable: false, numeric: true };
        const sc = loopScope(s, l, [v]);
        const k = 1 + int(3);
        const test = chance(0.25) ? `${n} < (yield* step(${k}))` : `${n} < ${k}`;
        const update = chance(0.25) ? `${n} += yield* step(1)` : `${n}++`;
        return `${l ? `${l}: ` : ""}for (let ${n} = ${chance(0.2) ? "yield* step(0)" : "0"}; ${test}; ${update}) ${block(sc)}`;
      }
      case 14: {
        const n = `w${names++}`;
        const l = chance(0.3) ? `l${names++}` : undefined;
        const sc = loopScope(s, l, []);
        const cond = chance(0.4) ? `${n}++ < (yield* step(${int(3)}))` : `${n}++ < ${int(3)}`;
        if (chance(0.5)) return `let ${n} = 0; ${l ? `${l}: ` : ""}while (${cond}) ${block(sc)}`;
        return `let ${n} = 0; ${l ? `${l}: ` : ""}do ${block(sc)} while (${cond});`;
      }
      case 15:
      case 16: {
        const n = `e${names++}`;
        const l = chance(0.3) ? `l${names++}` : undefined;
        const word = pick(["const", "let"]);
        const sc = loopScope(s, l, [{ name: n, writable: word === "let", numeric: false }]);
        const list = pick([
          `[${expr(s)}, ${expr(s)}]`,
          `new Set([1, ${leaf(s)}])`,
          "iter(2)",
          "iter(3)",
          "fs.slice(0, 2).map((f, i) => i)",
        ]);
        if (chance(0.2)) return `${l ? `${l}: ` : ""}for (${word} ${n} in { a: 1, b: ${leaf(s)} }) ${block(sc)}`;
        if (chance(0.2))
          return `${l ? `${l}: ` : ""}for (${word} [${n} = ${expr(s)}] of [[${expr(s)}], []]) ${block(sc)}`;
        return `${l ? `${l}: ` : ""}for (${word} ${n} of ${list}) ${block(sc)}`;
      }
      case 17: {
        const cases = Array.from({ length: 1 + int(3) }, (_, i) => {
          const head = chance(0.2) ? "default" : `case ${chance(0.6) ? String(i) : expr(s, 2)}`;
          return { head, body: `${block(inner(s, { inSwitch: true }))} ${chance(0.6) ? "break;" : ""}` };
        });
        const seen = new Set<string>();
        const text = cases
          .filter((c) => c.head !== "default" || (!seen.has("default") && seen.add("default")))
          .map((c) => `${c.head}: ${c.body}`);
        return `switch (${chance(0.5) ? String(int(3)) : expr(s)}) { ${text.join("\n")} }`;
      }
      case 18:
      case 19:
      case 20: {
        const n = `x${names++}`;
        const body = block(s);
        const simple = inner(s, { vars: [...s.vars, { name: n, writable: true, numeric: false }] });
        const handler = pick([
          ` catch (${n}) { ${n} = N(${n}?.message); { ${block(simple)} } }`,
          ` catch ${block(s)}`,
          ` catch ({ message: ${n} }) { ${block(simple)} }`,
          "",
        ]);
        const final = handler === "" || chance(0.5) ? ` finally ${block(s)}` : "";
        return `try ${body}${handler}${final}`;
      }
      case 21: {
        const l = `l${names++}`;
        return `${l}: ${block(inner(s, { labels: [...s.labels, { name: l, loop: false }] }))}`;
      }
      case 22:
        return block(s);
      case 23:
        if (s.labels.length > 0) {
          const l = pick(s.labels);
          return `if (${expr(s)}) ${l.loop && chance(0.5) ? "continue" : "break"} ${l.name};`;
        }
        return `${suspend(s, 0)};`.replace(/^\(/, "void (");
      case 24: {
        if (defers) return deferral(s, used);
        const n = `k${names++}`;
        const init = expr(s);
        const x = fresh(s, used);
        declare(s, { name: x, writable: false, numeric: false });
        return `const ${x} = N(${init}); go(function* (${n}) { log("go", ${x}, ${n}, yield* step(${n})); }, N(${expr(s)}));`.replace(
          x,
          x,
        );
      }
      case 27:
      case 28:
      case 29:
      case 30:
        return deferral(s, used);
      case 31:
        return `if (${expr(s)}) panic(${pick([leaf(s), `new Error("p" + N(${expr(s)}))`])});`;
      case 32:
        return `log("rec", N(recover()?.message));`;
      case 25: {
        // An array that only this function sees, or not quite.
        const a = `a${names++}`;
        const n = `e${names++}`;
        const sc = loopScope(s, undefined, [{ name: n, writable: false, numeric: false }]);
        const leak = pick([`fs.push(() => ${a}.length);`, `const ${a}b = ${a}; ${a}b.push(3);`, "", "", ""]);
        const loop = `for (const ${n} of ${a}) { if (${a}.length < 4) ${a}.push(${expr(s, 2)}); ${block(sc)} }`;
        const rest = `${a}[${int(3)}] = ${suspend(s, 2)}; ${a}.reverse(); log(${a}.map((x) => N(x)).join(), ${a}.indexOf(1), [...${a}].length, ${a}.pop());`;
        return `let ${a} = ${pick(["[1, 2]", "[]", "[1, 2, 3].map((x) => x * 2)", `Object.keys({ a: 1, b: ${leaf(s)} })`])}; ${leak} ${loop} ${chance(0.3) ? `${a} = [${expr(s, 2)}];` : ""} ${rest}`;
      }
      default:
        return `${suspend(s, 0)};`.replace(/^\(/, "void (");
    }
  };
  /** A loop without a suspension, or a nest of them: they stop only where they look (compiler/stretch.ts). */
  const tight = (s: Scope): string => {
    const n = `t${names++}`;
    const l = chance(0.3) ? `l${names++}` : undefined;
    const label = l ? `${l}: ` : "";
    const bound = pick(["2", "3.5", "7", "NaN", "-1", "undefined", '"4"', "[1, 2, 3].length", "m", "m"]);
    const sc = loopScope(s, l, [{ name: n, writable: false, numeric: true }]);
    const inside = { ...sc, plain: true };
    const body = `{ ${chance(0.7) ? "" : `m = ${int(6)};`} log(${n}); ${chance(0.4) && s.depth < 4 ? tight(inside) : ""} ${block(inside, int(2))} }`;
    const loop = pick([
      `${label}for (let ${n} = 0; ${n} < ${bound}; ${n}++) ${body}`,
      `${label}for (let ${n} = ${int(3)}; ${n} <= ${bound}; ${n} += 2) ${body}`,
      `${label}for (let ${n} = ${pick(["2147483646", '"1"', "1n"])}, c = 0; ${n} < 2147483649 && c < 5; ${n}++, c++) ${body}`,
      `${label}for (let ${n} = ${int(5)}; ${n} > 0; ${n}--) ${body}`,
      `let ${n} = ${int(6)}; ${label}while (${n}--) ${body}`,
      `let ${n} = 0; ${label}do ${body} while (++${n} < ${int(5)});`,
      `let ${n} = 0; ${label}for (;;) { if (${n}++ > ${int(4)}) break; ${body} }`,
      `let ${n} = 9; ${label}while (${n} !== 1) { ${n} = ${n} % 2 ? ${n} + 1 : ${n} / 2; ${body} }`,
    ]);
    return `{ let m = ${int(6)}; ${loop} }`;
  };
  /** Deferred calls of all kinds; what they do at the end: recover, panic, change the result, or nothing of it. */
  const deferral = (s: Scope, used: Set<string>): string => {
    const ending = (plain: boolean): string =>
      pick([
        `log("rec", N(recover()?.message ?? 0));`,
        `log("rec", N(recover()?.message ?? 0), recover() === undefined);`,
        `{ const r = recover(); log("re", r === undefined); if (r !== undefined) throw new Error("re" + N(r?.message)); }`,
        `throw new Error("d${names++}");`,
        plain ? `log("was", N(returned.value)); returned.value = ${int(9)};` : "",
        "",
        "",
      ]);
    switch (int(4)) {
      case 0: {
        const x = fresh(s, used);
        const n = `k${names++}`;
        const init = expr(s);
        declare(s, { name: x, writable: false, numeric: false });
        const nested = chance(0.3) ? `defer(() => { log("inner"); ${ending(true)} });` : "";
        const body = `${nested} log("defer", N(${x}), N(${n}), N(yield* step(${n}))); ${ending(false)} ${chance(0.5) ? "yield* step(7);" : ""}`;
        return `const ${x} = N(${init}); defer(function* (${n}) { ${body} }, N(${expr(s)}));`;
      }
      case 1: {
        const body = inner(s, { plain: true, inLoop: false, inSwitch: false, labels: [] });
        return `defer(${chance(0.5) ? "(...a) =>" : "function (...a)"} { log("plain", ...a, N(${expr(body, 2)})); ${ending(true)} }, N(${expr(s)}));`;
      }
      case 2:
        if (functions.length > 0) {
          const f = pick(functions);
          return `defer(${f.name}, ${Array.from({ length: f.params }, () => `N(${expr(s, 2)})`).join(", ")});`;
        }
        return `defer(log, "direct", N(${suspend(s, 2)}));`;
      default:
        return `defer(...[log, "spread"], N(${expr(s)}));`;
    }
  };
  const label = (s: Scope): string => {
    const loops = s.labels.filter((l) => l.loop);
    return loops.length > 0 && chance(0.5) ? ` ${pick(loops).name}` : "";
  };

  const parts = [IMPORTS + HEAD];
  const count = 1 + int(3);
  for (let i = 0; i < count; i++) {
    const params = int(3);
    budget = 30 + int(120);
    const vars = Array.from({ length: params }, (_, k) => ({ name: `p${i}${k}`, writable: true, numeric: false }));
    const s: Scope = { vars: [...vars], labels: [], inLoop: false, inSwitch: false, plain: false, depth: 0 };
    const last = i === count - 1;
    const used = new Set<string>();
    const body = Array.from({ length: 2 + int(6) }, () => statement(s, used)).join("\n");
    const list = vars.map((v, k) => (k === 1 && chance(0.5) ? `${v.name} = ${vars[0]!.name}` : v.name)).join(", ");
    parts.push(
      `const ${last ? "main" : `g${i}`} = goroutine(function* (${last ? "" : list}) {\n${
        last
          ? `let ${vars
              .map((v) => v.name)
              .concat("z")
              .join(" = 1, ")};\n`
          : ""
      }const o = { p0: 1, p1: "q" };\n${body}\nlog(o);\n${defers && chance(0.4) ? `panic(${pick(["1", '"s"', 'new Error("end")'])});\n` : ""}});`,
    );
    functions.push({ name: `g${i}`, params });
  }
  return parts.join("\n");
}
