/** Contexts by Go's rules, at 1 and 2 procs, compiled and not. */
import { beforeAll, describe, expect, it } from "vitest";
import { cli, sections } from "./child.js";

const NIL = "GoPanic: cannot create context from nil parent";
const EXPECTED: Record<string, string[]> = {
  tree: [
    "before undefined undefined undefined undefined",
    "a child does not cancel its parent true undefined",
    "context.Background.WithCancel context canceled { value: undefined, ok: false }",
    "context.Background.WithCancel.WithCancel context canceled { value: undefined, ok: false }",
    "context.Background.WithCancel.WithValue(type user, val ada) context canceled { value: undefined, ok: false }",
    "context.Background.WithCancel.WithValue(type user, val ada).WithCancel context canceled { value: undefined, ok: false }",
    "the same channel true true",
    "born dead context canceled",
    "never 0 undefined undefined",
  ],
  waiters: ["waiting 0", "true"],
  deadlines: [
    "the earlier one holds true true",
    "not early true true true",
    "true context deadline exceeded DeadlineExceededError",
    "the first one counts true",
    "true true",
    "true",
    "never undefined",
  ],
  causes: ["undefined", "true too far true too far", "too far", "true", "true", "0"],
  values: ["ada bob undefined true undefined", "1,2 context.Background.WithValue(type user, val ada)", "undefined"],
  errors: [
    `withCancel: ${NIL}`,
    `withDeadline: ${NIL}`,
    `withTimeout: ${NIL}`,
    `withValue: ${NIL}`,
    "nil key: GoPanic: nil key",
    "string key: TypeError: withValue: user is not a key; make one at module level with contextKey(name)",
    "not a context: TypeError: withCancel: [object Object] is not a context",
    "no duration: TypeError: withTimeout: 5 is not a duration; use a number of milliseconds",
    "a value that cannot cross: TypeError: function (anonymous) cannot cross threads (not cloneable); send structured-cloneable data, channels or goroutine functions",
    "a cause that cannot cross: TypeError: Symbol(s) cannot cross threads (not cloneable); send structured-cloneable data, channels or goroutine functions",
    "no name: TypeError: contextKey: give the key a name",
  ],
  texts: [
    "context.Background.WithCancel.WithValue(type user, val ada).WithValue(type data, val <not Stringer>).WithCancel",
    "context.TODO.WithCancel",
    "true",
  ],
  races: ["one cause"],
};

describe.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 2, compile: false },
])("contexts (qa T35, notes T24, notes T25), procs $procs, compiled: $compile", ({ procs, compile }) => {
  let printed: Map<string, string[]>;
  beforeAll(async () => {
    const r = await cli("context.ts", Object.keys(EXPECTED), { procs, flags: compile ? [] : ["--no-compile"] });
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    printed = sections(r.stdout);
  });

  it.each(Object.keys(EXPECTED))("%s", (name) => {
    expect(printed.get(name)).toEqual(EXPECTED[name]);
  });
});
