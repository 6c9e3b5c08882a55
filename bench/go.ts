/** `npm run bench:go`: the same programs in gosched and in Go, side by side. */
import { fail } from "./fail.js";
import { buildGo } from "./golang.js";
import { machine } from "../src/lab/machine.js";
import { parseOptions } from "./options.js";
import { progress } from "./progress.js";
import { toJson, versusGoText, writeJson } from "./report.js";
import { goSide, oursSide } from "./sides.js";
import { versusGo } from "./versus-go.js";

try {
  const options = parseOptions("bench:go", process.argv.slice(2));
  if (options !== undefined) {
    const go = buildGo();
    const { on, end } = progress(options.runs);
    const sides = [oursSide(options.timeoutMs), goSide(go.binary, options.timeoutMs)] as const;
    const outcome = await versusGo(options, ...sides, machine(go.version), on);
    end();
    const operations = new Map(options.benchmarks.map(({ name, op }) => [name, op]));
    if (outcome.rows.length > 0) console.log(versusGoText(outcome, operations, options.quick));
    // Half a result could be mistaken for a whole one: with an error there is no file.
    if (outcome.errors.length > 0) fail("bench:go", ...outcome.errors);
    else if (options.json !== undefined) writeJson(options.json, toJson(outcome));
  }
} catch (error) {
  fail("bench:go", error);
}
