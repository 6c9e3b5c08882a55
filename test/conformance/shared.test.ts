/** sync.Map, sync.Pool and sync/atomic (articles E36, notes T18, notes D13, notes D15, qa T32): the programs of the references, at 1 and 2 procs, compiled and not. */
import { expect, it } from "vitest";
import { cli } from "./child.js";

const EXPECTED = `E36 a
E36 { value: 'a', loaded: true }
E36 { value: 'c', loaded: false }
E36 1:a 2:c
D15 1 true
D15 1 true
D15 false
D15 1
D13 1 3 2 New
T32 10000 10000
S42 true
handles true
store(undefined): sync/atomic: store of nil value into Value
store: sync/atomic: store of inconsistently typed value into Value
swap: sync/atomic: swap of inconsistently typed value into Value
compareAndSwap: sync/atomic: compare and swap of inconsistently typed values
a key: SyncMap.load: a value of type Object cannot be a key; use a string, a number, a boolean or a handle
a value: Symbol(s) cannot cross threads (not cloneable); send structured-cloneable data, channels or goroutine functions
`;

it.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 1, compile: false },
  { procs: 2, compile: false },
])("articles E36, notes T18, notes D15: procs $procs, compiled: $compile", async ({ procs, compile }) => {
  const r = await cli("shared.ts", [], { procs, flags: compile ? [] : ["--no-compile"] });
  expect(r).toMatchObject({ code: 0, stderr: "", stdout: EXPECTED });
});
