/**
 * The litmus tests: small programs whose outcomes tell what a memory model allows. Names are those of the literature (Alglave,
 * Maranget and Tautschnig, "Herding cats", 2014), or say what is looked at.
 *
 * What is forbidden where: JavaScript's atomics are sequentially consistent (ECMA-262, memory model), so with all accesses
 * atomic every outcome must come from some interleaving. Of plain accesses the language promises next to nothing, but the
 * runtime relies on some of it where comments say `racy`: that is in the tests, too.
 */
import type { Mode } from "./language.js";

/** Registers and, for those that ask for it, variables at the end. */
export type Outcome = Readonly<Record<string, number>>;

export interface Litmus {
  readonly name: string;
  readonly about: string;
  readonly threads: readonly string[];
  /** Variables whose last value belongs to the outcome. */
  readonly final?: readonly string[];
  /** What must not be seen. With plain accesses only if `plain` says so. */
  readonly forbidden: (o: Outcome) => boolean;
  /** With plain accesses the same outcomes are `weak`: allowed, and worth counting; or forbidden as well; or not tried. */
  readonly plain: "weak" | "forbidden" | "none";
  /** Threads sleep: fewer runs. */
  readonly sleeps?: boolean;
}

const seen = (o: Outcome, ...values: number[]): boolean => values.every((v, i) => o[`r${i}`] === v);

export const tests: readonly Litmus[] = [
  // Order between different words
  {
    name: "SB",
    about: "store buffering: both miss the other's store",
    threads: ["x=1; r0=y", "y=1; r1=x"],
    forbidden: (o) => seen(o, 0, 0),
    plain: "weak",
  },
  {
    name: "SB+rmw",
    about: "store buffering with an exchange for the store",
    threads: ["r2=xchg(x,1); r0=y", "r3=xchg(y,1); r1=x"],
    forbidden: (o) => seen(o, 0, 0),
    plain: "none",
  },
  {
    name: "SB+lock",
    about: "plain stores and loads around an atomic operation on one word, as under a lock and beside it",
    threads: ["x:=1; r2=add(z,1); r0:=y", "y:=1; r3=add(z,1); r1:=x"],
    forbidden: (o) => seen(o, 0, 0),
    plain: "none",
  },
  {
    name: "3.SB",
    about: "store buffering in a ring of three",
    threads: ["x=1; r0=y", "y=1; r1=z", "z=1; r2=x"],
    forbidden: (o) => seen(o, 0, 0, 0),
    plain: "weak",
  },
  {
    name: "SB+forward",
    about: "each sees its own store first",
    threads: ["x=1; r0=x; r1=y", "y=1; r2=y; r3=x"],
    forbidden: (o) => o["r1"] === 0 && o["r3"] === 0,
    plain: "weak",
  },
  {
    name: "LB",
    about: "load buffering: both see a store that comes after",
    threads: ["r0=x; y=1", "r1=y; x=1"],
    forbidden: (o) => seen(o, 1, 1),
    plain: "weak",
  },
  {
    name: "MP",
    about: "message passing: the flag is seen, the data is not",
    threads: ["x=1; y=1", "r0=y; r1=x"],
    forbidden: (o) => seen(o, 1, 0),
    plain: "weak",
  },
  {
    name: "MP+data",
    about: "message passing with plain data and an atomic flag, as the ring of a run queue",
    threads: ["x:=1; y=1", "r0=y; r1:=x"],
    forbidden: (o) => seen(o, 1, 0),
    plain: "none",
  },
  {
    name: "MP+cas",
    about: "a CAS that fails has read the flag",
    threads: ["x=1; y=1", "r0=cas(y,0,2); r1=x"],
    forbidden: (o) => seen(o, 1, 0),
    plain: "none",
  },
  {
    name: "WRC",
    about: "write to read causality: over a second thread",
    threads: ["x=1", "r0=x; y=1", "r1=y; r2=x"],
    forbidden: (o) => seen(o, 1, 1, 0),
    plain: "weak",
  },
  {
    name: "ISA2",
    about: "message passing over two flags",
    threads: ["x=1; y=1", "r0=y; z=1", "r1=z; r2=x"],
    forbidden: (o) => seen(o, 1, 1, 0),
    plain: "weak",
  },
  {
    name: "IRIW",
    about: "independent reads of independent writes: two see them in two orders",
    threads: ["x=1", "y=1", "r0=x; r1=y", "r2=y; r3=x"],
    forbidden: (o) => seen(o, 1, 0, 1, 0),
    plain: "weak",
  },
  {
    name: "R",
    about: "two stores, and a store that is last and then a load",
    threads: ["x=1; y=1", "y=2; r0=x"],
    final: ["y"],
    forbidden: (o) => o["y"] === 2 && o["r0"] === 0,
    plain: "weak",
  },
  {
    name: "S",
    about: "two stores, and a store after a load that saw the second",
    threads: ["x=2; y=1", "r0=y; x=1"],
    final: ["x"],
    forbidden: (o) => o["r0"] === 1 && o["x"] === 2,
    plain: "weak",
  },
  {
    name: "2+2W",
    about: "two write two words in two orders, and each first one stays",
    threads: ["x=1; y=2", "y=1; x=2"],
    final: ["x", "y"],
    forbidden: (o) => o["x"] === 1 && o["y"] === 1,
    plain: "weak",
  },
  // One word
  {
    name: "CoRR",
    about: "two loads of one word: new, then old",
    threads: ["x=1", "r0=x; r1=x"],
    forbidden: (o) => seen(o, 1, 0),
    plain: "weak",
  },
  {
    name: "CoWW",
    about: "two stores to one word: the first stays",
    threads: ["x=1; x=2", "r0=x"],
    final: ["x"],
    forbidden: (o) => o["x"] !== 2,
    plain: "forbidden",
  },
  {
    name: "CoRW",
    about: "a load sees what the other stores, and the other's store is overwritten by one that came before",
    threads: ["r0=x; x=1", "x=2"],
    final: ["x"],
    forbidden: (o) => o["r0"] === 1 || (o["r0"] === 2 && o["x"] === 2),
    plain: "weak",
  },
  {
    name: "CoWR",
    about: "a store is overwritten by the other, which was overwritten by it",
    threads: ["x=1; r0=x", "x=2"],
    final: ["x"],
    forbidden: (o) => o["r0"] === 0 || (o["r0"] === 2 && o["x"] === 1),
    plain: "weak",
  },
  // Read-modify-write
  {
    name: "CAS",
    about: "of two CAS one happens, and the other sees it",
    threads: ["r0=cas(x,0,1)", "r1=cas(x,0,2)"],
    final: ["x"],
    forbidden: (o) => !(seen(o, 0, 1) && o["x"] === 1) && !(seen(o, 2, 0) && o["x"] === 2),
    plain: "none",
  },
  {
    name: "XCHG",
    about: "two exchanges are in some order",
    threads: ["r0=xchg(x,1)", "r1=xchg(x,2)"],
    final: ["x"],
    forbidden: (o) => !(seen(o, 0, 1) && o["x"] === 2) && !(seen(o, 2, 0) && o["x"] === 1),
    plain: "none",
  },
  {
    name: "ADD",
    about: "no addition is lost",
    threads: ["r0=add(x,1); r1=add(x,1)", "r2=add(x,1); r3=add(x,1)"],
    final: ["x"],
    forbidden: (o) => o["x"] !== 4 || new Set([o["r0"], o["r1"], o["r2"], o["r3"]]).size !== 4,
    plain: "none",
  },
  // Tearing
  {
    name: "torn 32",
    about: "half of a word of 32 bits",
    threads: ["x=-1", "r0=x"],
    forbidden: (o) => o["r0"] !== 0 && o["r0"] !== -1,
    plain: "forbidden",
  },
  {
    name: "torn 64",
    about: "half of a plain double: the language allows it, the runtime's clock words (racyF) rely on the machine",
    threads: ["w=1", "r0=w"],
    forbidden: (o) => o["r0"] === 2,
    plain: "none",
  },
  {
    name: "torn 64 atomic",
    about: "half of an atomic of 64 bits",
    threads: ["v=1", "r0=v"],
    forbidden: (o) => o["r0"] === 2,
    plain: "none",
  },
  // wait and notify
  {
    name: "notify first",
    about: "the value has changed before the notify: who comes late does not sleep",
    threads: ["x=1; r0=notify(x,1)", "r1=wait(x,0,2000)"],
    forbidden: (o) => o["r1"] === 2 || (o["r0"] === 1) !== (o["r1"] === 0),
    plain: "none",
    sleeps: true,
  },
  {
    name: "wait changed",
    about: "a wait for a value that is not there does not sleep",
    threads: ["x=1; r0=wait(x,0,2000)"],
    forbidden: (o) => o["r0"] !== 1,
    plain: "none",
    sleeps: true,
  },
  {
    name: "time-out",
    about: "nobody notifies: woken only by the time, and not early",
    threads: ["r0=wait(x,0,1); r1=early(1)"],
    forbidden: (o) => o["r0"] !== 2 || o["r1"] === 1,
    plain: "none",
    sleeps: true,
  },
  {
    name: "notify one",
    about: "as many are woken as notify says, one at most",
    threads: ["r0=wait(x,0,3)", "r1=wait(x,0,3)", "r2=notify(x,1)"],
    forbidden: (o) => o["r2"]! > 1 || [o["r0"], o["r1"]].filter((r) => r === 0).length !== o["r2"],
    plain: "none",
    sleeps: true,
  },
  {
    name: "notify all",
    about: "as many are woken as notify says",
    threads: ["r0=wait(x,0,3)", "r1=wait(x,0,3)", "r2=notify(x,9)"],
    forbidden: (o) => [o["r0"], o["r1"]].filter((r) => r === 0).length !== o["r2"],
    plain: "none",
    sleeps: true,
  },
  {
    name: "notify other",
    about: "a notify of another word wakes nobody",
    threads: ["r0=wait(x,0,2)", "r1=notify(y,9)"],
    forbidden: (o) => o["r0"] !== 2 || o["r1"] !== 0,
    plain: "none",
    sleeps: true,
  },
  {
    name: "notify publishes",
    about: "who is woken sees what was written plainly before",
    threads: ["y:=1; x=1; r0=notify(x,1)", "r1=wait(x,0,2000); r2:=y"],
    forbidden: (o) => o["r2"] !== 1,
    plain: "none",
    sleeps: true,
  },
  {
    name: "value again",
    about: "ABA: the value changes and changes back, and who comes late sleeps on. Allowed: why a note is an epoch",
    threads: ["x=1; x=0; r0=notify(x,1)", "r1=wait(x,0,2)"],
    forbidden: (o) => (o["r0"] === 1) !== (o["r1"] === 0),
    plain: "none",
    sleeps: true,
  },
];

/** The modes in which a test is run. */
export function modesOf(t: Litmus): Mode[] {
  return t.plain === "none" ? ["atomics", "wasm"] : ["atomics", "wasm", "plain"];
}

export type Verdict = "allowed" | "weak" | "forbidden";
export function verdictOf(t: Litmus, mode: Mode, o: Outcome): Verdict {
  if (!t.forbidden(o)) return "allowed";
  return mode === "plain" && t.plain === "weak" ? "weak" : "forbidden";
}
