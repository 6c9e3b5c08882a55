/** defer, panic, recover, Goexit: what Go prints, compiled and not, on one and on two procs. Go itself is asked where it is there. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, blocks, cli, programs } from "./child.js";

const ALL = `order
body
slow 3
a2: 3
a1: 1
4
3
2
1
0
results
2
fails: oops <nil>
<nil>
5
recovered x
loop
10000
portable
0 true
deep
deep: bottom
200010000
goexit
deferred
recover in Goexit: <nil>
done
rerec
inner p2
outer p1
abort
outer p2 again <nil>
helpers
not deferred <nil>
in a closure <nil>
deferred in deferred <nil>
closure <nil>
helper <nil>
direct x
continues
d3
recovered p
d1
panicNil
true
`;

const DEADLOCK = ["fatal error: no goroutines (main called runtime.Goexit) - deadlock!"];
/** Name, stdout, the text of the report, the first frame of the goroutine if a mark names its line. */
const ENDS: [string, string, string[], string?][] = [
  ["exitRecover", "rec0 <nil>\nrec x\nlast\n", DEADLOCK],
  ["exitRecover2", "rec x\n", DEADLOCK],
  ["panicExit", "", DEADLOCK],
  ["nested", "", ["panic: first", "\tpanic: second"]],
  ["recovered", "", ["panic: first [recovered]", "\tpanic: re first"], "func"],
  ["three", "", ["panic: first", "\tpanic: second", "\tpanic: third"], "func"],
  ["exitPanic", "", ["panic: after exit"], "func"],
  ["panicExitPanic", "", ["panic: p1", "\tpanic: p2"], "func"],
  ["same", "", ["panic: same [recovered]", "\tpanic: same"], "func"],
  ["deferRecover", "", ["panic: x"], "deferRecover"],
  ["nilFunc", "body\nruns\n", ["panic: runtime error: invalid memory address or nil pointer dereference"]],
];

describe.each([
  { procs: 1, flags: [] },
  { procs: 2, flags: [] },
  { procs: 1, flags: ["--no-compile"] },
  { procs: 2, flags: ["--no-compile"] },
])("procs $procs, flags $flags", (options) => {
  it("programs that end well (articles E41, articles E42, articles E43, articles E50, notes T08, notes D17)", async () => {
    const r = await cli("defer.ts", ["all"], options);
    expect(r).toMatchObject({ stdout: ALL, stderr: "", code: 0 });
  });

  // The ways to end differ by the compiler, not by the number of threads.
  const ends = options.procs === 1 ? [] : options.flags.length === 0 ? ENDS : ENDS.slice(0, 6);
  it.each(ends)("%s", async (name, stdout, head, frame) => {
    const r = await cli("defer.ts", [name], options);
    expect(r).toMatchObject({ stdout, code: 2 });
    const [first, g] = blocks(r.stderr);
    expect(first).toEqual(head);
    if (head === DEADLOCK) return;
    expect(g![0]).toBe("goroutine 1 [running]:");
    if (frame !== undefined) expect(g!.slice(1, 3)).toEqual([`${frame}(...)`, `\t${at("defer.ts", name)}`]);
    if (options.flags.length === 0) expect(g!.slice(-2)).toEqual(["main(...)", `\t${at("defer.ts", "run")}`]);
  });
});

const go = spawnSync("go", ["version"]).status === 0;

describe.runIf(go)("Go prints the same", () => {
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), "gosched-defer-"));
    const env = { ...process.env, GOFLAGS: "-mod=mod", GO111MODULE: "off" };
    execFileSync("go", ["build", "-o", path.join(dir, "defer"), `${programs}defer.go`], { env });
  }, 60_000);
  afterAll(() => rmSync(dir, { recursive: true }));
  const run = (name: string) => spawnSync(path.join(dir, "defer"), [name], { encoding: "utf8" });

  it("programs that end well", () => {
    expect(run("all")).toMatchObject({ stdout: ALL, status: 0 });
  });
  it.each(ENDS)("%s", (name, stdout, head) => {
    const r = run(name);
    expect(r).toMatchObject({ stdout, status: 2 });
    // Go adds the signal of a nil dereference.
    expect(
      r.stderr
        .split("\n")
        .filter((l) => !l.startsWith("[signal"))
        .slice(0, head.length),
    ).toEqual(head);
  });
});
