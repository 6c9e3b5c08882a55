/** errgroup and singleflight, at 1 and 2 procs, compiled and not. */
import { expect, it } from "vitest";
import { cli } from "./child.js";

const EXPECTED = `empty: no error
none: no error
range: RangeError: out of range, because: the cause
panic: GoPanic: a panic
text: not an Error: just a text
function: TypeError: function (anonymous) cannot cross threads (not cloneable); send structured-cloneable data, channels or goroutine functions
exit: no error
wait again: Error: at once | Error: at once
context: RangeError: out of range, because: the cause 20 context canceled RangeError: out of range
context, all well: no error context canceled
limit: no error true 0
setLimit while active: GoPanic: errgroup: modify limit while 1 goroutines in the group are still active
afterwards: no error
no limit any more: no error 0
limit 0: false
RangeError
setLimit(1.5): RangeError: errgroup.setLimit(1.5): use an integer
no goroutine function: TypeError: errgroup.tryGo: function (anonymous) is not a goroutine function; define it with goroutine(function* name() {...})
an argument that cannot cross: TypeError: function (anonymous) cannot cross threads (not cloneable); send structured-cloneable data, channels or goroutine functions
and the group is as before: no error
text: runs 1: 8 x "a page that is long enough for a blob" true
object: runs 1: 8 x {"n":1,"list":[1,2]} true
throws: runs 1: 8 x RangeError: no such page
cannot cross: runs 1: 1 x a function true, 7 x TypeError: function (anonymous) cannot cross threads (not cloneable); send structured-cloneable data, channels or goroutine functions
exits: runs 1: 1 x exited, 7 x Error: singleflight: the goroutine that ran the function for "key" has exited
text: runs 1: 1 x "a page that is long enough for a blob" false
one after the other: { value: 0, shared: false }
one after the other: { value: 2, shared: false }
one after the other: { value: 4, shared: false }
doChan: 3
doChan: RangeError: below zero
doChan twice: true
the second
forgotten or not: the first
a key that is no string: TypeError: singleflight.doChan: the key is number, not a string
no function: TypeError: singleflight.doChan: the second argument is not a goroutine function
`;

it.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 1, compile: false },
  { procs: 2, compile: false },
])("procs $procs, compiled: $compile", async ({ procs, compile }) => {
  const r = await cli("groups.ts", [], { procs, flags: compile ? [] : ["--no-compile"] });
  expect(r).toMatchObject({ code: 0, stderr: "", stdout: EXPECTED });
});
