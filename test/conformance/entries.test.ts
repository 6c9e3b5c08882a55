/** Small programs of the catalogues, with Go's outputs: at 1 and 2 procs, compiled and not. */
import { beforeAll, describe, expect, it } from "vitest";
import { blocks, cli, node, programs, sections } from "./child.js";

const lines = (...l: (string | number)[]): string => l.map((s) => `${s}\n`).join("");

/** Name in the program, entry, output; `sorted` if two Ps may print in any order. */
const PROGRAMS: [name: string, entry: string, stdout: string, sorted?: true][] = [
  ["qaT02", "qa T02: a timer is no deadlock", lines(...[9, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `A:  ${i}`)), true],
  ["articlesE27", "articles E27: an unbuffered channel waits", lines("start working", "finished")],
  [
    "articlesE29",
    "articles E29 (differs): a WaitGroup is never copied",
    lines(...[4, 0, 1, 2, 3].map((i) => `i: ${i}`), "waited"),
    true,
  ],
  ["articlesE31", "articles E31: four goroutines", lines(4, 1, 2, 3), true],
  [
    "articlesE48",
    "articles E48: nobody's increment by CAS is lost",
    lines(...[4, 0, 1, 2, 3].map((i) => `thread ${i} true`), "counter 5"),
    true,
  ],
  ["articlesE44", "articles E44: what a deferred function changes", lines("1 5 1")],
  ["articlesE45", "articles E45: ways to end", lines("Process 1", "Process 2", "Process 3", "work false")],
  [
    "notesT20",
    "notes T20: after close",
    lines("7 true", "undefined false", "close of closed channel", "send on closed channel"),
  ],
];

describe.each([
  // A slow machine interrupts nobody.
  { procs: 1, flags: ["--slice", "10000"] },
  { procs: 2, flags: [] },
  { procs: 2, flags: ["--no-compile"] },
])("procs $procs, flags $flags", ({ procs, flags }) => {
  let printed: Map<string, string[]>;
  beforeAll(async () => {
    const r = await cli(
      "entries.ts",
      PROGRAMS.map(([name]) => name),
      { procs, flags },
    );
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    printed = sections(r.stdout);
  });

  it.each(PROGRAMS.map(([name, entry, stdout, sorted]) => [entry, name, stdout, sorted] as const))(
    "%s",
    (_entry, name, stdout, sorted) => {
      const ordered = (l: string[]): string[] => (sorted && procs > 1 ? l.toSorted() : l);
      expect(ordered(printed.get(name)!)).toEqual(ordered(stdout.trimEnd().split("\n")));
    },
  );

  it("articles E38: a pool of five: main and five more, sometimes one that is about to end", async () => {
    const r = await cli("entries.ts", ["articlesE38"], { procs, flags: [...flags, "--virtual-clock"] });
    expect(r).toMatchObject({ code: 0, stderr: "" });
    const [begin, ...tasks] = sections(r.stdout).get("articlesE38")!;
    expect([begin, tasks.pop()]).toEqual(["begin 1", "done 1"]);
    expect(tasks).toHaveLength(20);
    for (const t of tasks) expect(t).toMatch(/^continue ([2-9]|10|11)$/);
    expect(tasks.filter((t) => t === "continue 6").length).toBeGreaterThanOrEqual(8);
  });

  it("notes T26: a panic in a goroutine runs its deferred functions and ends the program", async () => {
    const r = await cli("entries.ts", ["notesT26"], { procs, flags });
    expect(r).toMatchObject({ code: 2, stdout: "== notesT26\ndeferred in g\n" });
    const [head, g] = blocks(r.stderr);
    expect(head).toEqual(["panic: boom"]);
    expect(g![0]).toMatch(/^goroutine \d+ \[running\]:$/);
  });

  it("notes T27: recover works only in the deferred function itself", async () => {
    const r = await cli("entries.ts", ["notesT27"], { procs, flags });
    expect(r).toMatchObject({
      code: 0,
      stdout: lines("== notesT27", "outside: undefined", "nested below: undefined", "deferred: p"),
    });
  });
});

it("qa T24: a thread too many ends the program", async () => {
  const r = await node([`${programs}exhaust.mjs`]);
  expect(blocks(r.stderr)[0]).toEqual(["runtime: program exceeds 10-thread limit", "fatal error: thread exhaustion"]);
  expect(r.stdout).toBe("FatalError: thread exhaustion\n");
});
