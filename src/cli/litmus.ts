/** `gosched litmus`: what the engine and the machine do with shared memory, beside what they may do. */
import { writeFileSync } from "node:fs";
import { newMemory } from "../arena/wasm.js";
import { BYTES, runTests, type Table } from "../litmus/run.js";
import { type Litmus, tests } from "../litmus/tests.js";
import { LITMUS } from "../paths.js";

export interface LitmusOptions {
  /** Names of tests, or their beginnings; none: all. */
  names: readonly string[];
  /** For each test in each mode. */
  seconds: number;
  json: string | undefined;
}

const WORDS = { allowed: "", weak: "allowed, weak", forbidden: "FORBIDDEN" } as const;

/** Runs the tests and prints a table for each. Returns the exit code: 1 if something was seen that is forbidden. */
export async function runLitmus(o: LitmusOptions): Promise<number> {
  const list = tests.filter((t) => o.names.length === 0 || o.names.some((n) => t.name.startsWith(n)));
  if (list.length === 0)
    throw new Error(
      `no litmus test is called ${o.names.join(", ")}; there are: ${tests.map((t) => t.name).join(", ")}`,
    );
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  const size = Math.ceil(BYTES / 65536) * 65536;
  const memory = newMemory(size);
  const buffer = memory?.buffer ?? new SharedArrayBuffer(size);
  const tables: Table[] = [];
  let bad = 0;
  let last: Litmus | undefined;
  const onTable = (t: Litmus, table: Table): void => {
    tables.push(table);
    if (t !== last) out(`${t.name}: ${t.about}\n  ${t.threads.join("  ||  ")}`);
    last = t;
    const forbidden = table.outcomes.some((c) => c.verdict === "forbidden");
    if (forbidden) bad++;
    out(`  ${table.mode.padEnd(8)} ${table.runs} runs${forbidden ? ", FAILS" : ""}`);
    for (const c of table.outcomes)
      out(`    ${c.outcome.padEnd(24)} ${String(c.count).padStart(10)}  ${WORDS[c.verdict]}`.trimEnd());
  };
  if (memory === undefined) out("no WebAssembly memory can be shared here: the mode wasm is left out");
  const wasm = memory !== undefined;
  await runTests(list, { worker: LITMUS, memory: memory ?? buffer, buffer, wasm, seconds: o.seconds, onTable });
  out(`${list.length} litmus tests, ${tables.length} tables, ${bad} with an outcome that is forbidden`);
  if (o.json !== undefined) writeFileSync(o.json, `${JSON.stringify({ tables, forbidden: bad }, undefined, 2)}\n`);
  return bad > 0 ? 1 : 0;
}
