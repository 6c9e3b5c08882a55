/**
 * One goroutine at a time on one thread, but with everything that can go wrong on many: whenever it suspends, its stack
 * moves to another place and the old one is poisoned; a slot can be read once; what a resumed frame does not read
 * is an error; objects go through a table; past a nesting limit calls unwind through the trampoline.
 *
 * Each program also runs uncompiled, as generators. The two logs must agree, wherever the goroutine suspends.
 */
import { GONE } from "../../src/arena/tags.js";
import { stopped } from "../../src/stack/stops.js";
import { Ending, type Panic, PlainCalls, take, Uncatchable } from "./deferred.js";
import { compile, type CompileResult } from "../../src/compiler/compile.js";

const START = 4095;
const GUARD = 7;
const POISON = -8.7654321e100;

/** When to suspend, and when to throw instead of returning a value, by the number of the step. */
export interface Plan {
  readonly suspend: (n: number) => boolean;
  readonly fail?: (n: number) => boolean;
  /** When a look at the guard finds that the goroutine is to give way, by the number of the look. */
  readonly preempt?: (n: number) => boolean;
  /** Frames deeper than this (in slots) go through the trampoline. */
  readonly fpmax?: number;
  /** Bytes for both halves in which the stack lives in turn. */
  readonly stack?: number;
}

export const always: Plan = { suspend: () => true, preempt: () => true };
export const never: Plan = { suspend: () => false };

export function random(seed: number): () => number {
  let s = seed | 0 || 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) / 4294967296;
  };
}

/** Suspends at a random subset of the steps, and fails at a few when `failures` is set. */
export function randomPlan(seed: number, failures = 0): Plan {
  const suspend = random(seed * 7919 + 1);
  const fail = random(seed * 104729 + 3);
  const preempt = random(seed * 15485863 + 5);
  const failed = new Map<number, boolean>();
  return {
    suspend: () => suspend() < 0.5,
    fail: (n) => {
      let f = failed.get(n);
      if (f === undefined) failed.set(n, (f = fail() < failures));
      return f;
    },
    preempt: () => preempt() < 0.3,
    fpmax: seed % 3 === 0 ? 12 : 4000,
  };
}

interface Frame {
  readonly f: Compiled;
  readonly fp: number;
  readonly fsz: number;
  readonly k: number;
}
type Compiled = (g: number, fp: number, pc: number, sent: unknown, ...args: unknown[]) => unknown;
interface GoObject {
  (...args: unknown[]): Generator;
  readonly $c: Compiled;
  readonly $id: number;
  readonly meta: Meta;
}
interface Meta {
  readonly params: number;
  readonly rest: boolean;
  readonly file: string;
  readonly lines: number[];
}

const show = (v: unknown): string => {
  if (typeof v === "string") return v;
  if (Object.is(v, -0)) return "-0";
  if (v instanceof Error) return `${v.name}: ${v.message}`;
  if (typeof v === "function") return `function`;
  if (v instanceof Map || v instanceof Set) return `${v.constructor.name}(${show([...v])})`;
  if (Array.isArray(v)) return `[${Array.from(v, show).join(",")}]`;
  if (typeof v === "object" && v !== null)
    return `{${Reflect.ownKeys(v).map((k) => `${String(k)}:${show((v as never)[k])}`)}}`;
  return typeof v === "bigint" ? `${v}n` : String(v);
};

type Outcome = { value: unknown } | { error: unknown } | "call";

/** What both ways of running share: the log, and the steps that may suspend or fail. */
class World {
  readonly log: string[] = [];
  steps = 0;
  /** Stands for a channel: it may move. */
  portable: unknown;
  readonly spawned: { f: unknown; args: unknown[] }[] = [];
  constructor(readonly plan: Plan) {}

  write = (...values: unknown[]): void => {
    if (this.log.length > 20_000) throw new Uncatchable("log overflow");
    this.log.push(values.map(show).join(" "));
  };
  go = (f: unknown, ...args: unknown[]): void => void this.spawned.push({ f, args });

  fails(): Error | undefined {
    const n = this.steps++;
    if (this.steps > 20_000) return new Uncatchable("too many steps");
    return this.plan.fail?.(n) === true ? new Error(`injected ${n}`) : undefined;
  }
}

const isGenerator = (f: unknown): boolean => Object.prototype.toString.call(f) === "[object GeneratorFunction]";

// ---- uncompiled

function runNative(text: string, plan: Plan, entry: string): string[] {
  const world = new World(plan);
  const step = function* (v: unknown): Generator {
    const e = world.fails();
    if (e) throw e;
    return v;
  };
  const cell = { step, log: world.write };
  const plain = new PlainCalls();
  const frames: { calls: [unknown, unknown[]][]; panic: Panic | undefined }[] = [];
  /** A goroutine function: `p` is the panic for which it was deferred. */
  const call = function* (f: (...a: unknown[]) => Generator, args: unknown[], p?: Panic): Generator {
    const frame = { calls: [] as [unknown, unknown[]][], panic: p };
    frames.push(frame);
    let kind = 0;
    let held: unknown;
    try {
      held = yield* f(...args);
    } catch (e) {
      kind = 1;
      held = e;
    } finally {
      frames.pop();
    }
    if (held instanceof Uncatchable) throw held;
    const ending = new Ending(frame.calls, kind, held);
    while (ending.calls.length > 0) {
      const [g, rest] = ending.calls.pop()!;
      try {
        if (isGenerator(g)) yield* call(((g as { body?: never }).body ?? g) as never, rest, ending.panic);
        else plain.call(g as never, rest, ending);
        ending.returned();
      } catch (e) {
        ending.threw(e);
      }
    }
    if (ending.panic !== undefined) throw ending.panic.value;
    return ending.result;
  };
  const main = evaluate(
    text,
    {
      goroutine: (f: (...a: unknown[]) => Generator) =>
        Object.assign(
          function* (...args: unknown[]): Generator {
            return yield* call(f, args);
          },
          { body: f },
        ),
      go: world.go,
      step,
      cell,
      log: world.write,
      gosched: step,
      defer: (f: unknown, ...args: unknown[]) => frames.at(-1)!.calls.push([f, args]),
      panic: (v: unknown) => {
        throw v;
      },
      recover: () => (plain.running ? plain.recover() : take(frames.at(-1)?.panic)),
      returned: plain.returned,
    },
    entry,
  );
  const drive = (f: unknown, args: unknown[]): void => {
    try {
      const it = (f as (...a: unknown[]) => Generator)(...args);
      let r = it.next();
      while (r.done !== true) r = it.next();
      world.write("result", r.value);
    } catch (e) {
      world.write("uncaught", e);
    }
  };
  drive(main, []);
  for (const { f, args } of world.spawned) drive(f, args);
  return world.log;
}

// ---- compiled

class Machine {
  readonly buffer: SharedArrayBuffer;
  readonly I: Int32Array;
  readonly F: Float64Array;
  readonly SUSPEND = Object.freeze({ suspend: true });
  fpmax: number;
  private baseSlot = 16;
  private readonly boxes = new Map<number, unknown>();
  private readonly filled = new Map<number, number>();
  /** Slots that stay valid while their activation runs; false: the value was moved out. */
  private readonly kept = new Map<number, boolean>();
  private generation = 0;
  private looks = 0;
  /** How often it was told to give way. */
  preemptions = 0;
  /** It gave way at its last look: without a step in between it would do so for ever. */
  private gaveWay = false;
  private frames: Frame[] = [];
  private entering: Frame[] = [];
  private readonly functions: GoObject[] = [];
  private result: Outcome = "call";
  moves = 0;
  /** Objects that had to be kept on the thread. */
  pinned = 0;
  readonly G = 8;

  constructor(private readonly world: World) {
    this.fpmax = world.plan.fpmax ?? 4000;
    this.buffer = new SharedArrayBuffer(world.plan.stack ?? 1 << 18);
    this.I = new Int32Array(this.buffer);
    this.F = new Float64Array(this.buffer);
  }

  /** The word that emitted code compares with: the nesting limit, or less than 0. */
  private guard(): number {
    if (this.gaveWay) {
      this.gaveWay = false;
      return this.fpmax;
    }
    this.gaveWay = this.world.plan.preempt?.(this.looks++) === true;
    if (this.gaveWay) this.preemptions++;
    return this.gaveWay ? -1 : this.fpmax;
  }

  /** The arena as emitted code sees it. */
  private readonly view = new Proxy(
    {},
    {
      get: (_t, key) => (key === String(GUARD) ? this.guard() : this.I[Number(key)]),
    },
  );

  /** Slots that hold a number. */
  private readonly numbers = new Proxy(
    {},
    {
      get: (_t, key) => {
        const x = this.take(Number(key));
        if (typeof x !== "number") throw new Error(`number in a slot of ${typeof x}`);
        return x;
      },
    },
  );

  // -- what emitted code calls

  readonly rt = (() => {
    const self = this as Machine;
    return {
      get I() {
        return self.view;
      },
      F: this.numbers,
      INT: -1, // of no slot: integers are written like all numbers here
      SUSPEND: this.SUSPEND,
      guardWord: () => GUARD,
      giveWay: () => {
        this.result = { value: undefined };
        return this.SUSPEND;
      },
      base: (g: number) => {
        if (g !== this.G) throw new Error(`base of ${g}`);
        return this.baseSlot;
      },
      enter: (g: number, fp: number, fsz: number, rid: number): number => {
        if (g !== this.G) throw new Error("wrong g");
        const f = this.functions[rid >>> 12];
        if (f === undefined) throw new Error(`unknown function ${rid >>> 12}`);
        this.entering.push({ f: f.$c, fp, fsz, k: rid & 4095 });
        const b = this.baseSlot + fp;
        for (let i = 0; i < fsz; i++) if (!this.kept.has(b + i)) this.wipe(b + i);
        return b;
      },
      put: (w: number, v: unknown) => {
        this.mark(w);
        if (
          (typeof v === "object" && v !== null && v !== this.world.portable) ||
          (typeof v === "function" && !("$c" in v))
        )
          this.pinned++;
        if (typeof v === "number") this.F[w] = v;
        else {
          this.boxes.set(w, v);
          this.F[w] = POISON;
        }
      },
      putNum: (w: number, v: number) => {
        if (typeof v !== "number") throw new Error(`putNum of ${typeof v}`);
        this.mark(w);
        this.F[w] = v;
      },
      putArr: (w: number, v: unknown) => {
        this.mark(w);
        // A private array moves as a copy.
        this.boxes.set(w, Array.isArray(v) ? v.slice() : v);
        this.F[w] = POISON;
      },
      get: (w: number): unknown => this.take(w),
      compiled: (key: string, name: string, f: Compiled, meta: Meta): GoObject => {
        const id = this.functions.length;
        const o = Object.assign(() => [][Symbol.iterator]() as never, {
          $c: f,
          $id: id << 12,
          meta,
          key,
          goName: name,
        });
        this.functions.push(o as never);
        return o as never;
      },
      deep: (g: number, fp: number, fsz: number, id: number, ...args: unknown[]) => {
        const b = this.rt.enter(g, fp, fsz, id | START);
        this.I[(b << 1) + 1] = args.length;
        args.forEach((a, i) => this.rt.put(b + 1 + i, a));
        this.result = "call";
        return this.SUSPEND;
      },
      lift: (f: unknown, name: string) => {
        if (typeof f !== "function") throw new TypeError(`yield* ${name}(...): not a function`);
        return {
          $c: (g: number, fp: number, _pc: number, _s: unknown, ...args: unknown[]) => this.drive(g, fp, f(...args)),
        };
      },
      adapt: (o: never, name: string) => ({ [`$${name}`]: (this.rt.adaptKey(o, name) as { $c: Compiled }).$c }),
      adaptKey: (o: never, key: string) => {
        const f = o[key] as unknown;
        if ((f as GoObject | undefined)?.$c) return { $c: (f as GoObject).$c };
        const b = o[`$${String(key)}`] as Compiled | undefined;
        if (b) return { $c: b };
        if (typeof f !== "function") throw new TypeError(`${String(key)} is not a function`);
        return {
          $c: (g: number, fp: number, _pc: number, _s: unknown, ...args: unknown[]) =>
            this.drive(g, fp, f.apply(o, args)),
        };
      },
      delegate: (g: number, fp: number, _pc: number, _s: unknown, it: Iterable<unknown>) => this.drive(g, fp, it),
      at: (_id: number, _line: number, go: unknown) => go,
      Defers: class {
        readonly calls: [unknown, unknown[]][] = [];
      },
      deferproc: (list: { calls: [unknown, unknown[]][] }, f: unknown, ...args: unknown[]) =>
        void list.calls.push([f, args]),
      deferput: (w: number, list: unknown) => {
        this.mark(w);
        this.boxes.set(w, list);
        this.F[w] = POISON;
      },
      keep: (w: number) => this.keep(w),
      stopped,
      deferget: (w: number) => this.take(w),
      deferreturn: (
        g: number,
        fp: number,
        pc: number,
        sent: unknown,
        list: { calls: [unknown, unknown[]][] } | undefined,
        kind: number,
        held: unknown,
      ) => this.runDeferred(g, fp, pc, sent, list, kind, held),
      recoverplain: () => this.plain.recover(),
      gorecover: (_g: number, fp: number) => {
        const p = this.panics.at(-1);
        return p?.frame === fp ? take(p) : undefined;
      },
      uncatchable: (e: unknown) => e instanceof Uncatchable,
    };
  })();

  readonly plain = new PlainCalls();
  /** Those for which deferred calls run, the innermost last. */
  private readonly panics: Panic[] = [];
  private deferId = -1;

  /** The runtime's deferreturn: a header and one slot. */
  private runDeferred(
    g: number,
    fp: number,
    pc: number,
    sent: unknown,
    list: { calls: [unknown, unknown[]][] } | undefined,
    kind: number,
    held: unknown,
  ): unknown {
    if (this.deferId < 0) this.deferId = this.functions.push({ $c: this.rt.deferreturn } as never) - 1;
    let ending: Ending;
    const after = (failed: boolean, r: unknown): void => {
      if (ending.panic !== undefined) this.panics.pop();
      if (failed) ending.threw(r);
      else ending.returned();
    };
    if (pc === 0) {
      if (kind === 1 && held instanceof Uncatchable) throw held;
      ending = new Ending(list?.calls ?? [], kind, held);
    } else {
      ending = this.take(this.baseSlot + fp + 1) as Ending;
      after(pc < 0, sent);
    }
    while (ending.calls.length > 0) {
      const [f, args] = ending.calls.pop()!;
      if (ending.panic !== undefined) {
        ending.panic.frame = fp + 2;
        this.panics.push(ending.panic);
      }
      let r: unknown;
      let failed = false;
      try {
        if ((f as GoObject).$c) r = (f as GoObject).$c(g, fp + 2, 0, undefined, ...args);
        else this.plain.call(f as never, args, ending);
      } catch (e) {
        failed = true;
        r = e;
      }
      if (r === this.SUSPEND && !failed) {
        const b = this.rt.enter(g, fp, 2, (this.deferId << 12) | 1);
        this.mark(b + 1);
        this.boxes.set(b + 1, ending);
        this.F[b + 1] = POISON;
        return this.SUSPEND;
      }
      after(failed, r);
    }
    if (ending.panic !== undefined) throw ending.panic.value;
    return ending.result;
  }

  /** A plain generator inside compiled code runs through: it never suspends here. */
  private drive(_g: number, _fp: number, it: unknown): unknown {
    const iterator = (it as Iterable<unknown>)[Symbol.iterator]();
    let r = iterator.next();
    while (r.done !== true) r = iterator.next();
    return r.value;
  }

  private mark(w: number): void {
    const top = this.entering.at(-1)!;
    const from = this.baseSlot + top.fp;
    if (w <= from || (w >= from + top.fsz && top.k !== START))
      throw new Error(`slot ${w - from} outside of a frame of ${top.fsz}`);
    if (this.filled.has(w)) throw new Error(`slot ${w - from} put twice`);
    // Another local's, which has died.
    this.kept.delete(w);
    this.boxes.delete(w);
    this.filled.set(w, this.generation);
  }

  /** Reads a slot that stays valid; strings and what pins are moved out, and the slot says so, as in the runtime. */
  private keep(w: number): unknown {
    const v = this.take(w, false);
    this.filled.delete(w);
    if (typeof v === "string" || (typeof v === "object" && v !== null && v !== this.world.portable)) {
      this.wipe(w);
      this.I[w * 2 + 1] = GONE;
      this.kept.set(w, false);
    } else this.kept.set(w, true);
    return v;
  }

  private wipe(w: number): void {
    this.kept.delete(w);
    this.boxes.delete(w);
    this.filled.delete(w);
    this.F[w] = POISON;
  }

  private take(w: number, out = true): unknown {
    const v = this.boxes.has(w) ? this.boxes.get(w) : this.F[w];
    if (v === POISON || this.kept.get(w) === false)
      throw new Error(`slot ${w - this.baseSlot} read twice or never written`);
    if (out) this.wipe(w);
    // Integers come back as integers.
    return v;
  }

  /** Steps that may suspend. */
  readonly step: Compiled = (_g, _fp, _pc, _sent, v) => {
    const n = this.world.steps;
    const error = this.world.fails();
    if (this.world.plan.suspend(n)) {
      this.result = error ? { error } : { value: v };
      return this.SUSPEND;
    }
    if (error) throw error;
    return v;
  };

  /** The stack goes elsewhere, and nothing stays where it was. */
  private move(): void {
    this.moves++;
    const old = this.baseSlot;
    const last = this.frames.at(-1);
    const top = last === undefined ? 0 : last.fp + last.fsz + 64;
    // Ever the other half, at changing places.
    const half = this.F.length / 2;
    const next = (old < half ? half : 16) + ((this.moves * 37) % 1000);
    if (top + 2000 > half) throw new RangeError("harness stack too deep");
    for (let i = 0; i < top; i++) {
      this.F[next + i] = this.F[old + i]!;
      this.I[(next + i) * 2] = this.I[(old + i) * 2]!;
      this.I[(next + i) * 2 + 1] = this.I[(old + i) * 2 + 1]!;
      this.F[old + i] = POISON;
    }
    for (const table of [this.boxes, this.filled, this.kept] as Map<number, unknown>[]) {
      const moved = [...table].map(([w, v]): [number, unknown] => [w - old + next, v]);
      table.clear();
      for (const [w, v] of moved) table.set(w, v);
    }
    this.baseSlot = next;
  }

  run(f: GoObject, args: readonly unknown[]): unknown {
    const { $c, meta } = f;
    // Spawned: parameters in the frame.
    this.frames = [];
    this.entering = [{ f: $c, fp: 0, fsz: 1, k: START }];
    const b = this.baseSlot;
    for (let i = 0; i < 1000; i++) this.wipe(b + i);
    const n = meta.rest ? args.length : meta.params;
    this.I[(b << 1) + 1] = n;
    for (let i = 0; i < n; i++) this.rt.put(b + 1 + i, args[i]);
    this.result = "call" as Outcome;
    this.adopt();
    for (;;) {
      const wide = this.frames.length < 500 || this.moves % 4096 === 0;
      if (wide) this.move();
      else this.moves++;
      let r = this.result as Outcome;
      for (;;) {
        const frame = this.frames.pop();
        if (frame === undefined) {
          if (typeof r === "object" && "error" in r) throw r.error;
          return (r as { value: unknown }).value;
        }
        const generation = ++this.generation;
        let out: unknown;
        try {
          if (r === "call") out = frame.f(this.G, frame.fp, START, undefined);
          else if ("error" in r) out = frame.f(this.G, frame.fp, ~frame.k, r.error);
          else out = frame.f(this.G, frame.fp, frame.k, r.value);
        } catch (e) {
          if (this.entering.length > 0) throw new Error(`thrown while suspending: ${show(e)}`, { cause: e });
          this.checkRead(frame, generation);
          this.forget(frame);
          r = { error: e };
          continue;
        }
        this.checkRead(frame, generation);
        if (out === this.SUSPEND) {
          this.adopt();
          break;
        }
        this.forget(frame);
        r = { value: out };
      }
    }
  }

  /** Frames entered on the way out, innermost first, become the top of the stack. */
  private adopt(): void {
    for (let i = this.entering.length - 1; i >= 0; i--) this.frames.push(this.entering[i]!);
    this.entering = [];
  }

  /** An activation is over: another one in its place finds nothing. */
  private forget(frame: Frame): void {
    for (let i = 0; i < frame.fsz; i++) this.wipe(this.baseSlot + frame.fp + i);
  }

  private checkRead(frame: Frame, generation: number): void {
    for (let i = 0; i < frame.fsz; i++) {
      const g = this.filled.get(this.baseSlot + frame.fp + i);
      if (g !== undefined && g < generation)
        throw new Error(`slot ${i} of point ${frame.k} was spilled, but not read on resumption`);
    }
  }
}

/** Evaluates a module's text without a module loader: its imports come from `scope`. */
function evaluate(text: string, scope: Record<string, unknown>, entry: string): unknown {
  const body = text
    .replace(/import \* as (\$rt\S*) from "[^"]*";/, (_m, rt: string) => `const ${rt} = scope__.rt;`)
    .replace(
      /import \{([^}]*)\} from "[^"]*";/g,
      (_m, names: string) => `const {${names.replace(/ as /g, ": ")}} = scope__;`,
    )
    .replace(/\bexport (const|let|function|class)\b/g, "$1");
  return new Function("scope__", `"use strict"; ${body}\nreturn ${entry};`)(scope) as unknown;
}

export function compiled(source: string, file = "test.js"): CompileResult {
  return compile(source, file, { runtimeUrl: "runtime" });
}

function runCompiled(
  text: string,
  plan: Plan,
  entry: string,
): { log: string[]; moves: number; pinned: number; preemptions: number } {
  const world = new World(plan);
  const machine = new Machine(world);
  const suspending = { $c: machine.step };
  const cell = { $step: machine.step, log: world.write };
  world.portable = cell;
  const main = evaluate(
    text,
    {
      rt: machine.rt,
      goroutine: () => undefined,
      go: world.go,
      step: suspending,
      cell,
      log: world.write,
      gosched: suspending,
      defer: () => {
        throw new Error("defer was not compiled");
      },
      panic: (v: unknown) => {
        throw v;
      },
      recover: machine.plain.recover,
      returned: machine.plain.returned,
    },
    entry,
  );
  const drive = (f: unknown, args: unknown[]): void => {
    try {
      world.write("result", machine.run(f as GoObject, args));
    } catch (e) {
      if (e instanceof Error && /slot|outside|while suspending|harness/.test(e.message)) throw e;
      world.write("uncaught", e);
    }
  };
  drive(main, []);
  for (const { f, args } of world.spawned) drive(f, args);
  return { log: world.log, moves: machine.moves, pinned: machine.pinned, preemptions: machine.preemptions };
}

/** Both ways under one plan. */
export function compare(
  source: string,
  code: string,
  plan: () => Plan,
  entry: string,
): { native: string[]; compiled: string[]; moves: number; pinned: number; preemptions: number } {
  const native = runNative(source, plan(), entry);
  const { log, moves, pinned, preemptions } = runCompiled(code, plan(), entry);
  return { native, compiled: log, moves, pinned, preemptions };
}
