/**
 * The language of litmus tests: a thread is a line of statements, `x=1; r0=y`, as the literature writes them.
 *
 *   x=1        store            x:=1       store, plain whatever the mode is
 *   r0=x       load             r0:=x      load, plain whatever the mode is
 *   r0=cas(x,0,1)  r0=xchg(x,1)  r0=add(x,1)    read-modify-write: what was there before
 *   w=1        r0=w             64 bits at once, plain: a double with one of two bit patterns; r0 is 2 if it is torn
 *   v=1        r0=v             the same by an atomic of 64 bits
 *   r0=wait(x,0,5)   r0=notify(x,1)              0: woken, 1: not equal, 2: timed out; how many were woken
 *   r0=early(5)                                  waits 5 ms for nothing: 1 if it came back early
 *
 * Variables are x, y, z (words on cache lines of their own), w and v; registers r0 to r3. Constants are integers.
 *
 * A thread becomes a function of its own text, a loop over many instances of the test: so the engine compiles each test as
 * it would compile such code in a program, and may reorder plain accesses where it does.
 */

/** How the accesses that the mode decides are made. */
export type Mode = "atomics" | "wasm" | "plain";

export const REGISTERS = 4;
/** Words of an instance: each variable, and where threads meet, on 128 bytes of its own. */
export const STRIDE = 256;
const PLACES: Readonly<Record<string, number>> = { x: 0, y: 32, z: 64, w: 96, v: 128 };
export const MEET = 160;
export const RESULTS = 192;

/** Where a variable is in its instance. */
export function placeOf(name: string): number {
  const at = PLACES[name];
  if (at === undefined) throw new Error(`litmus: ${name} is no variable; there are: ${Object.keys(PLACES).join(", ")}`);
  return at;
}

const VALUE = String.raw`-?\d+`;
const STATEMENT = new RegExp(
  String.raw`^(?:(?<reg>r[0-3])(?<rplain>:?)=(?:(?<op>cas|xchg|add|wait|notify|early)\((?<args>[^)]*)\)|(?<from>[xyzwv]))` +
    String.raw`|(?<to>[xyzwv])(?<wplain>:?)=(?<value>${VALUE}))$`,
);

/** One statement. */
export interface Statement {
  readonly op: "store" | "load" | "cas" | "xchg" | "add" | "wait" | "notify" | "early";
  /** Where its result goes; none for a store. */
  readonly register: string | undefined;
  /** The variable; z for `early`, which is woken by nobody there. */
  readonly variable: string;
  /** What is stored; for the others their arguments behind the variable. */
  readonly values: readonly number[];
  /** Plain whatever the mode is. */
  readonly plain: boolean;
}

/** @throws Error for what is no statement */
export function parse(text: string): Statement {
  const g = STATEMENT.exec(text.trim())?.groups;
  if (g === undefined) throw new Error(`litmus: ${text} is no statement`);
  const plain = g["rplain"] === ":" || g["wplain"] === ":";
  if (g["to"] !== undefined)
    return { op: "store", register: undefined, variable: g["to"], values: [Number(g["value"])], plain };
  const register = g["reg"]!;
  if (g["from"] !== undefined) return { op: "load", register, variable: g["from"], values: [], plain };
  const op = g["op"] as Statement["op"];
  const args = g["args"]!.split(",").map((s) => s.trim());
  const variable = op === "early" ? "z" : args.shift()!;
  placeOf(variable);
  return { op, register, variable, values: args.map(Number), plain };
}

/** The statements of a thread. */
export function parseThread(thread: string): Statement[] {
  return thread.split(";").map(parse);
}

/** Registers that a thread writes. */
export function registersOf(thread: string): string[] {
  return [...new Set(parseThread(thread).flatMap((s) => s.register ?? []))];
}

/** JavaScript for one statement: `a` is the instance. */
function emit(s: Statement, mode: Mode): string {
  const { op, register: r, variable, values, plain } = s;
  const word = `a + ${placeOf(variable)}`;
  if (variable === "w")
    return op === "store"
      ? `F[(${word}) >> 1] = ${values[0]} === 0 ? 0 : PATTERN;`
      : `t = F[(${word}) >> 1]; ${r} = t === 0 ? 0 : t === PATTERN ? 1 : 2;`;
  if (variable === "v")
    return op === "store"
      ? `Atomics.store(B, (${word}) >> 1, ${values[0]} === 0 ? 0n : BIG);`
      : `b = Atomics.load(B, (${word}) >> 1); ${r} = b === 0n ? 0 : b === BIG ? 1 : 2;`;
  const isPlain = plain || mode === "plain";
  switch (op) {
    case "store":
      return isPlain ? `I[${word}] = ${values[0]};` : `store(${word}, ${values[0]});`;
    case "load":
      return `${r} = ${isPlain ? `I[${word}]` : `load(${word})`};`;
    case "add":
      return `${r} = add(${word}, ${values[0]}) - ${values[0]};`;
    case "wait":
      return `${r} = WAITED.indexOf(Atomics.wait(I, ${word}, ${values.join(", ")}));`;
    case "notify":
      return `${r} = Atomics.notify(I, ${word}, ${values[0]});`;
    case "early":
      return `t = performance.now(); Atomics.wait(I, ${word}, 0, ${values[0]}); ${r} = performance.now() - t < ${values[0]} - EARLY ? 1 : 0;`;
    default:
      return `${r} = ${op}(${word}, ${values.join(", ")});`;
  }
}

/**
 * The text of a function of (I, F, B, ops, threads, n): runs the thread in instances 0 to n - 1. Before each, the threads meet: they look
 * for each other for a while, so that they are in it together if they run at the same time.
 */
export function threadCode(thread: string, mode: Mode): string {
  const statements = parseThread(thread).map((s) => emit(s, mode));
  return [
    "const { load, store, cas, xchg, add } = ops;",
    "let t = 0, b = 0n;",
    "for (let i = 0, a = 0; i < n; i++, a += STRIDE) {",
    "  let r0 = 0, r1 = 0, r2 = 0, r3 = 0;",
    `  Atomics.add(I, a + ${MEET}, 1);`,
    `  for (let k = 0; k < PATIENCE && Atomics.load(I, a + ${MEET}) < threads; k++);`,
    ...statements.map((s) => `  ${s}`),
    ...registersOf(thread).map((r) => `  I[a + ${RESULTS + Number(r.slice(1))}] = ${r};`),
    "}",
  ].join("\n");
}

/** What the text refers to, beside its parameters. */
export const CONSTANTS = {
  STRIDE,
  WAITED: ["ok", "not-equal", "timed-out"],
  /** Looks for the others: about 2 us, more than threads that run are apart, and little if one does not run. */
  PATIENCE: 200,
  /** A time-out may be rounded. */
  EARLY: 0.1,
  /** Two halves that are the same in no other number here. */
  PATTERN: new Float64Array(new Int32Array([0x3ff12345, 0x3ff12345]).buffer)[0]!,
  BIG: 0x3ff123453ff12345n,
};
