/**
 * The machine that a model runs on: one memory, a few threads, one operation at a time.
 *
 * A thread is a generator that yields just before each operation on shared words; what it is about to do stands in the
 * machine's registers then. The machine carries the operation out and resumes the thread with the result. Everything
 * between two operations belongs to one step, so an execution is a sequence of thread numbers, and the same sequence
 * gives the same execution.
 *
 * Is that enough? JavaScript's atomics are sequentially consistent, so all that a program can observe through them is some
 * interleaving. Plain accesses are not, and therefore they are checked: two threads that touch a word plainly without
 * an atomic operation that orders them are reported as a race (races.ts), except through `racy`, which is an operation.
 * A program without races behaves as if everything were interleaved (the memory model's DRF-SC theorem).
 *
 * Memory is a real buffer, with a log of old values, so that an execution can be undone in the time it took.
 */
import { NOT_EQUAL, OP_NAMES, TIMED_OUT, WOKEN } from "./ops.js";
import { ADD, AWAIT, CAS, LOAD, NOTIFY, RACY, RACYSET, STORE, TIMEOUT, WAIT, WAKE, XCHG, YIELD } from "./ops.js";
import { type Place, Places } from "./places.js";
import { Races } from "./races.js";

/** The body of a thread: yields before each operation. */
export type Body<R = unknown> = Generator<void, R, number>;

export interface Thread {
  readonly id: number;
  readonly name: string;
  body: Body;
  /** What it is about to do. */
  kind: number;
  a: number;
  x: number;
  y: number;
  site: number;
  at: number;
  done: boolean;
  /** Sleeping on word `a` until notified; `timed`: or until its time is over. */
  asleep: boolean;
  timed: boolean;
  /** Then its time is over. */
  until: number;
  /** It only repeats reads that gave the same: not run until somebody writes (see spins). */
  stuck: number;
  reads: Map<number, number>;
  repeats: number;
}

/** What went wrong, and how to see it again. */
export class Violation extends Error {
  constructor(
    readonly kind: "assertion" | "exception" | "race" | "deadlock" | "lost wake-up" | "livelock",
    message: string,
  ) {
    super(message);
  }
}

/** Reads of the same words with the same results, in a row, that make a thread a spinner. */
const SPIN_REPEATS = 2;

export class Machine {
  /** The registers of the operation that is about to happen, set by the facade (workers/facade.ts). */
  kind = 0;
  a = 0;
  x = 0;
  y = 0;
  site = 0;
  /** Where it stands if it is of a hand-written thread (`site` is 0 then). For reports only: no decision depends on it. */
  at = 0;

  readonly words: Int32Array;
  private readonly floats: Float64Array;
  readonly threads: Thread[] = [];
  readonly races: Races;
  readonly places = new Places();
  /** The places of the instrumenter. */
  source: ((site: number) => Place) | undefined;
  /** Thread that runs now; -1 while the model is set up or looked at: then operations happen at once, and nothing races. */
  current = -1;
  /** Writes so far: wakes spinners. */
  writes = 0;
  /** Time-outs that may still fire although others could run. */
  timeouts = 0;
  /** The clock, in milliseconds: it moves by `tick` at each look, and to the end of each sleep that times out. */
  clock = 0;
  tick = 0;
  private readonly log: number[] = [];
  private readonly sleepers = new Map<number, number[]>();
  /**
   * Words that some thread reads by `racy`. A plain write to one of them is no operation, but the order of the two matters:
   * the search must know (explore.ts). Found as it goes; `grew`: what was searched before did not know yet.
   */
  readonly racyWords = new Set<number>();
  /** Those that some thread stands still for (`until`): who goes on has seen what came before the write. */
  private readonly awaited = new Set<number>();
  grew = false;
  /** Reads by `racy` get the oldest value that the language allows (races.ts), not the newest. */
  stale = false;
  /** What went wrong in this execution, also if the code of the model or of the runtime has caught it. */
  failed: Error | undefined;
  /** Plain writes to such words in the step that was just taken. */
  readonly plainWrites: number[] = [];
  /** A number that stands for the contents of memory: equal for equal contents. */
  hash = 0;

  constructor(words: Int32Array) {
    this.words = words;
    this.floats = new Float64Array(words.buffer, words.byteOffset, words.length >> 1);
    this.races = new Races(this);
  }

  /** Where a site is. */
  place(site: number): Place {
    return site > 0 && this.source !== undefined ? this.source(site) : this.places.of(site);
  }

  /** A plain read of a word. */
  read(a: number, site: number): number {
    if (this.current >= 0) this.races.access(a, this.current, site, false, false);
    return this.words[a]!;
  }

  /** A plain write. */
  write(a: number, v: number, site: number): number {
    if (this.current >= 0) {
      this.races.access(a, this.current, site, true, false);
      this.threads[this.current]!.reads.clear();
      if (this.racyWords.has(a)) {
        this.races.wrote(a, this.current, this.words[a]!);
        this.plainWrites.push(a);
        this.writes++;
      }
      if (this.awaited.has(a)) this.races.release(a, this.current);
    }
    this.poke(a, v);
    return v;
  }

  /** `I[a] op= v`; the new value. */
  update(a: number, op: string, v: number, site: number): number {
    return this.write(a, compute(this.read(a, site), op, v) | 0, site);
  }
  /** `I[a]++`; the old value. */
  postfix(a: number, op: string, v: number, site: number): number {
    const old = this.read(a, site);
    this.write(a, compute(old, op, v) | 0, site);
    return old;
  }

  private poke(a: number, v: number): void {
    const old = this.words[a]!;
    this.log.push(a, old);
    this.words[a] = v;
    this.hash = (this.hash ^ mix(a, old) ^ mix(a, this.words[a])) | 0;
  }

  /** Reads and writes a double, two words. */
  readF(s: number, site: number): number {
    this.read(2 * s, site);
    this.read(2 * s + 1, site);
    return this.floats[s]!;
  }
  writeF(s: number, v: number, site: number): number {
    DOUBLE[0] = v;
    this.write(2 * s, HALVES[0]!, site);
    this.write(2 * s + 1, HALVES[1]!, site);
    return v;
  }

  updateF(s: number, op: string, v: number, site: number): number {
    return this.writeF(s, compute(this.readF(s, site), op, v), site);
  }

  /** Int32Array.copyWithin. */
  copyWithin(to: number, from: number, end: number): void {
    const values: number[] = [];
    for (let a = from; a < end; a++) values.push(this.read(a, 0));
    for (const [i, v] of values.entries()) this.write(to + i, v, 0);
  }

  /** Int32Array.fill. */
  fill(v: number, from: number, end: number): void {
    for (let a = from; a < end; a++) this.write(a, v, 0);
  }

  /** A look at the clock, in milliseconds. */
  time(): number {
    return (this.clock += this.tick);
  }

  /** Where the log stands now: `undo` goes back to it. */
  mark(): number {
    return this.log.length;
  }
  undo(mark: number): void {
    while (this.log.length > mark) {
      const old = this.log.pop()!;
      this.words[this.log.pop()!] = old;
    }
  }

  /** New threads over the memory as it is. */
  begin(bodies: readonly { name: string; body: Body }[], timeouts: number): void {
    this.threads.length = 0;
    this.sleepers.clear();
    this.races.reset(bodies.length);
    this.writes = 0;
    this.hash = 0;
    this.failed = undefined;
    this.timeouts = timeouts;
    bodies.forEach(({ name, body }, id) => {
      this.threads.push(newThread(id, name, body));
    });
    for (const t of this.threads) this.advance(t, 0);
  }

  /** Runs t up to its next operation. */
  private advance(t: Thread, result: number): void {
    this.current = t.id;
    try {
      const r = t.body.next(result);
      t.done = r.done === true;
    } finally {
      this.current = -1;
    }
    if (t.done) return;
    t.kind = this.kind;
    t.a = this.a;
    t.x = this.x;
    t.y = this.y;
    t.site = this.site;
    t.at = this.at;
    if (t.kind === AWAIT) {
      this.watch(t.a);
      this.awaited.add(t.a);
    }
  }

  /** From now on plain writes to this word count. */
  private watch(a: number): void {
    if (this.racyWords.has(a)) return;
    this.racyWords.add(a);
    this.grew = true;
  }

  /** Whether t can take a step now. A spinner cannot until somebody has written. */
  enabled(t: Thread): boolean {
    if (t.done) return false;
    if (t.asleep) return t.timed && this.timeouts > 0;
    if (t.kind === AWAIT) return this.words[t.a] !== t.x;
    return t.stuck < 0 || t.stuck !== this.writes;
  }

  /**
   * Threads that can take a step, as bits. When nobody else can, time passes: sleepers with a time-out go on; and if there
   * is none, spinners do (a loop that is bounded comes to its end, one that is not runs into the limit of steps).
   */
  runnable(): number {
    let bits = 0;
    for (const t of this.threads) if (this.enabled(t)) bits |= 1 << t.id;
    if (bits !== 0) return bits;
    for (const t of this.threads) if (t.asleep && t.timed) bits |= 1 << t.id;
    if (bits !== 0) return bits;
    for (const t of this.threads) if (!t.done && !t.asleep && t.kind !== AWAIT) bits |= 1 << t.id;
    return bits;
  }

  /** Takes one step of thread `id`. Returns whether the operation wrote. */
  step(id: number): boolean {
    const t = this.threads[id]!;
    this.plainWrites.length = 0;
    if (t.asleep) {
      this.sleepers.set(
        t.a,
        this.sleepers.get(t.a)!.filter((x) => x !== id),
      );
      t.asleep = false;
      if (this.timeouts > 0) this.timeouts--;
      this.clock = Math.max(this.clock, t.until);
      t.kind = TIMEOUT;
      this.advance(t, TIMED_OUT);
      return true;
    }
    if (t.kind === WAKE) {
      this.advance(t, WOKEN);
      return false;
    }
    const { kind, a } = t;
    if (kind === WAIT) {
      this.races.acquire(a, id);
      if (this.words[a] !== t.x) {
        this.advance(t, NOT_EQUAL);
        return false;
      }
      t.asleep = true;
      t.timed = t.y !== 0;
      t.until = this.clock + t.y;
      const q = this.sleepers.get(a) ?? [];
      q.push(id);
      this.sleepers.set(a, q);
      return true;
    }
    const before = this.writes;
    const result = this.apply(t);
    const wrote = this.writes !== before;
    this.spins(t, kind, result, wrote);
    this.advance(t, result);
    return wrote;
  }

  /** Notices a thread that goes round a loop of reads: letting it go on changes nothing until somebody writes. */
  private spins(t: Thread, kind: number, result: number, wrote: boolean): void {
    t.stuck = -1;
    if (kind === YIELD) {
      t.stuck = this.writes;
      return;
    }
    if (wrote || kind === NOTIFY) {
      t.reads.clear();
      t.repeats = 0;
      return;
    }
    // The same place may read several words in turn: the word belongs to the key.
    const key = t.site * 0x4000_0000 + t.a;
    if (t.reads.get(key) === result) {
      if (++t.repeats >= SPIN_REPEATS * t.reads.size) t.stuck = this.writes;
    } else {
      t.repeats = 0;
      t.reads.set(key, result);
    }
  }

  private apply(t: Thread): number {
    const { kind, a, x, y, id } = t;
    if (kind === NOTIFY) return this.wake(a, x, id);
    if (kind === YIELD) return 0;
    const v = this.words[a]!;
    if (kind === RACY || kind === AWAIT) {
      if (id >= 0) this.watch(a);
      if (kind === AWAIT) this.races.acquire(a, id);
      return this.stale && kind === RACY ? this.races.oldest(a, id, v) : v;
    }
    if (kind === RACYSET) {
      if (id >= 0) this.watch(a);
      this.races.wrote(a, id, v);
      this.set(a, x);
      return 0;
    }
    if (kind !== STORE) this.races.acquire(a, id);
    const writes = kind !== LOAD && (kind !== CAS || v === x);
    this.races.access(a, id, placeOf(t), writes, true);
    if (writes) {
      if (this.racyWords.has(a)) this.races.wrote(a, id, v);
      this.races.release(a, id);
    }
    switch (kind) {
      case LOAD:
        return v;
      case STORE:
        this.set(a, x);
        return 0;
      case CAS:
        if (writes) this.set(a, y);
        return writes ? 1 : 0;
      case XCHG:
        this.set(a, x);
        return v;
      case ADD:
        this.set(a, (v + x) | 0);
        return (v + x) | 0;
      default:
        throw new Error(`unknown operation ${OP_NAMES[kind] ?? kind}`);
    }
  }

  private set(a: number, v: number): void {
    this.writes++;
    this.poke(a, v);
  }

  /** First come, first woken, as Atomics.notify does. */
  private wake(a: number, n: number, by: number): number {
    const q = this.sleepers.get(a) ?? [];
    const woken = q.splice(0, n);
    for (const id of woken) {
      const t = this.threads[id]!;
      t.asleep = false;
      t.kind = WAKE;
      this.races.join(id, by);
    }
    return woken.length;
  }

  /** Carries out the operation in the registers at once: while the model is set up or checked. */
  now(): number {
    const t = { ...SETUP, kind: this.kind, a: this.a, x: this.x, y: this.y };
    if (t.kind === WAIT) throw new Error("a model may not sleep while it is set up or checked");
    return this.apply(t);
  }

  /** What t is about to do, for reports. */
  describe(t: Thread): string {
    const a = `word ${t.a}`;
    switch (t.kind) {
      case STORE:
      case RACYSET:
      case XCHG:
      case ADD:
      case NOTIFY:
        return `${OP_NAMES[t.kind]} ${a}, ${t.x}`;
      case CAS:
        return `cas ${a}, ${t.x} -> ${t.y}`;
      case AWAIT:
        return `await ${a} other than ${t.x}`;
      case WAIT:
        return t.asleep ? `sleeps on ${a}` : `wait ${a} while ${t.x}`;
      default:
        return `${OP_NAMES[t.kind]} ${a}`;
    }
  }
}

const DOUBLE = new Float64Array(1);
const HALVES = new Int32Array(DOUBLE.buffer);

function newThread(id: number, name: string, body: Body): Thread {
  return {
    ...{ id, name, body, kind: 0, a: 0, x: 0, y: 0, site: 0, at: 0 },
    ...{ done: false, asleep: false, timed: false, until: 0, stuck: -1, reads: new Map(), repeats: 0 },
  };
}
/** The site to report. */
export function placeOf(t: Thread): number {
  return t.site !== 0 ? t.site : t.at;
}
/** Stands for the model itself while it is set up or checked. */
const SETUP = newThread(-1, "setup", undefined as unknown as Body);

function compute(x: number, op: string, v: number): number {
  switch (op) {
    case "+":
      return x + v;
    case "-":
      return x - v;
    case "|":
      return x | v;
    case "&":
      return x & v;
    case "^":
      return x ^ v;
    default:
      throw new Error(`${op}= on shared memory`);
  }
}

/** Mixes two words into 32 bits (the finaliser of MurmurHash3). */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
