/** A runtime may be closed at any time, also while its threads are still starting. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { QUIET, root } from "../conformance/child.js";

/** In a process of its own: what went wrong once took the process with it. */
const script = `
import { start } from "gosched";
for (let i = 0; i < 24; i++) {
  const rt = await start({ procs: 6 });
  await new Promise((r) => setTimeout(r, i * 6));
  await rt.close();
}
console.log("closed");`;

test("closing a runtime whose threads are starting", () => {
  const env = { ...process.env, ...QUIET };
  const r = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: root, env, encoding: "utf8" });
  expect({ out: r.stdout, err: r.stderr, status: r.status }).toEqual({ out: "closed\n", err: "", status: 0 });
});
