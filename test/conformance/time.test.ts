/** Timers and tickers by Go's rules, at 1 and 2 procs, compiled and not. No test asks how late something is. */
import { beforeAll, describe, expect, it } from "vitest";
import { cli, sections } from "./child.js";

const EXPECTED: Record<string, string[]> = {
  order: ["50 400 900"],
  early: [0.1, 1, 3.7, 20].flatMap((ms) => [`sleep ${ms} true`, `after ${ms} true`]),
  stop: ["running true again false", "fired false", "fired, not received false 1 1"],
  reset: ["earlier true", "fired false", "later true", "stopped true false", "kept false 1 true"],
  afterFunc: ["once false", "false once", "true 0 true now"],
  ticker: ["waiting 1", "apart true", "stopped 0", "tick 0 0 1"],
  errors: [
    "new Ticker(0): GoPanic: non-positive interval for NewTicker",
    "new Ticker(-1): GoPanic: non-positive interval for NewTicker",
    "reset(0): GoPanic: non-positive interval for Ticker.Reset",
    "new Timer(NaN): TypeError: new Timer: NaN is not a duration; use a number of milliseconds",
    "after('5'): TypeError: after: 5 is not a duration; use a number of milliseconds",
    "afterFunc of nothing: TypeError: afterFunc: undefined is not a goroutine function; define it at module level with goroutine(function* name() {...})",
    "afterFunc of a plain function: TypeError: afterFunc: this function is not a goroutine function; define it at module level with goroutine(function* name() {...})",
    "afterFunc with a symbol: TypeError: a value of type Array cannot cross threads (Symbol(s) could not be cloned.); send structured-cloneable data, channels or goroutine functions",
    "sleep: NaN is not a duration; use a number of milliseconds",
  ],
  handles: ["true true true false"],
  busy: ["slept 20 times"],
  resize: ["all woke"],
};

describe.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 1, compile: false },
  { procs: 2, compile: false },
])("timers, procs $procs, compiled: $compile", ({ procs, compile }) => {
  let printed: Map<string, string[]>;
  beforeAll(async () => {
    const r = await cli("time.ts", Object.keys(EXPECTED), { procs, flags: compile ? [] : ["--no-compile"] });
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    printed = sections(r.stdout);
  });

  it.each(Object.keys(EXPECTED))("%s", (name) => {
    expect(printed.get(name)).toEqual(EXPECTED[name]);
  });
});
