/**
 * The child that measures ours: one runtime, one program, one line of JSON. Its counterpart is bench/go/main.go.
 */
import { parseArgs } from "node:util";
import { start } from "gosched";
import { latenessPrograms, memoryPrograms, programs } from "./programs/index.js";
import { timed } from "./programs/timed.js";

const { values } = parseArgs({
  options: {
    bench: { type: "string", default: "" },
    procs: { type: "string", default: "1" },
    n: { type: "string", default: "0" },
    warm: { type: "string", default: "0" },
  },
});
const name = values.bench as string;
const n = Number(values.n);
const program = programs[name];
const special = memoryPrograms[name] ?? latenessPrograms[name];

const rt = await start({ procs: Number(values.procs) });
try {
  if (program !== undefined) {
    print(await rt.go(timed, program, n, Number(values.warm)));
  } else if (special !== undefined) {
    print(await rt.go(special, n));
  } else {
    process.stderr.write(
      `no program "${name}"; there are ${Object.keys({ ...programs, ...memoryPrograms, ...latenessPrograms }).join(", ")}\n`,
    );
    process.exitCode = 2;
  }
} finally {
  await rt.close();
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
