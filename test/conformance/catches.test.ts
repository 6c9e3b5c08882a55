/** Who sees Goexit: the one thing in which an uncompiled catch clause differs. */
import { expect, it } from "vitest";
import { cli } from "./child.js";

it.each([
  { procs: 1, compile: true, lines: "finally\ndeferred\n" },
  { procs: 2, compile: true, lines: "finally\ndeferred\n" },
  { procs: 1, compile: false, lines: "caught a symbol\nfinally\ndeferred\n" },
  { procs: 2, compile: false, lines: "caught a symbol\nfinally\ndeferred\n" },
])("a catch clause around Goexit, procs $procs, compiled: $compile", async ({ procs, compile, lines }) => {
  const r = await cli("catches.ts", [], { procs, flags: compile ? [] : ["--no-compile"] });
  expect(r).toMatchObject({ code: 0, stderr: "", stdout: lines });
});
