/** gosched/fs. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli } from "../conformance/child.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));

describe.each([
  [1, []],
  [2, []],
  [2, ["--no-compile"]],
])("procs=%i %s", (procs, flags) => {
  it("whole files, pieces, positions, folders, errors", async () => {
    // The program removes it.
    const folder = mkdtempSync(path.join(tmpdir(), "gosched-fs-"));
    const ended = await cli(`${programs}fs.ts`, [folder], { procs, flags });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout.trimEnd().split("\n")).toEqual([
      "first and more 14",
      "[ 'b', 'one' ]",
      "14 true false true",
      "ENOENT ENOENT: no such file or directory, open 'PATH'",
      "write /big: file already closed",
      "sum true",
      "20000 END XY",
      "ENOENT ENOENT: no such file or directory, open 'PATH'",
    ]);
  });
});
