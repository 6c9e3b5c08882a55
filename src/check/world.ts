/**
 * A runtime inside the machine: an arena with Ps and Ms, and a copy of the real modules for each thread, as workers have.
 * M number i holds P number i. Made once for a model; `reset` brings the modules back to where they were.
 */
import { type Core, type Instance, isBody, runNow, type Source } from "./load.js";
import type { Body } from "./machine.js";
import { Memory } from "./memory.js";

/** One thing that a goroutine of a model does: a value, or what an operation of the runtime returns. */
export type Act = (core: Core, g: number) => unknown;

export interface WorldOptions {
  procs: number;
  /** Threads; those beyond `procs` hold no P. Default: as many as procs. */
  ms?: number;
  /** Goroutine functions by name: what each does, one after the other. */
  goroutines?: Record<string, readonly Act[]>;
}

const ARENA = 16 << 20;
const START = 4095;

export class World {
  readonly memory: Memory;
  /** The modules of each thread; the last is the host's. */
  private readonly instances: Instance[];
  private readonly saved: unknown[][];
  /** What goroutines of this execution got, by name, in order. */
  readonly results: Record<string, unknown[]> = {};
  /** What the runtime told the host in this execution. */
  readonly posted: unknown[] = [];

  constructor(
    source: Source,
    private readonly options: WorldOptions,
  ) {
    const boot = source.instantiate(new Memory(new Int32Array(64)).machine).exports;
    const arena = boot["newArena"](ARENA, 1, 0) as { buffer: SharedArrayBuffer };
    this.memory = new Memory(new Int32Array(arena.buffer));
    const { machine } = this.memory;
    machine.races.place = (site) => source.place(site);
    const ms = options.ms ?? options.procs;
    this.instances = Array.from({ length: ms + 1 }, () => source.instantiate(machine));
    for (const { exports: c } of this.instances) {
      this.now(c["attach"](arena));
      c["setPost"]((m: unknown) => void this.posted.push(m));
    }
    const host = this.host;
    host["setSmp"]();
    this.now(host["schedinit"]({ procs: options.procs, maxThreads: 64, maxStack: 1 << 20 }));
    this.now(host["setMcache"](host["HOST_P"]));
    host["setp"](host["allp"](host["HOST_P"]));
    for (let i = 0; i < ms; i++) this.startM(i);
    this.saved = this.instances.map((x) => x.save());
  }

  /** The modules of M number i. */
  m(i: number): Core {
    return this.instances[i]!.exports;
  }
  get host(): Core {
    return this.instances.at(-1)!.exports;
  }
  /** Word of the P of M number i. */
  p(i: number): number {
    return this.m(i)["allp"](i) as number;
  }
  now<T = any>(r: unknown): T {
    return runNow(this.memory.machine, r) as T;
  }

  private startM(i: number): void {
    const c = this.m(i);
    const { S_LOCK, M_STATE, M_UP, S_NSTARTING } = c as Record<string, number>;
    this.now(c["lock"](S_LOCK));
    const m = this.now<number>(c["mcommoninit"]());
    const { words } = this.memory;
    words[m + M_STATE!] = M_UP!;
    words[S_NSTARTING!] = words[S_NSTARTING!]! - 1;
    const p = this.now<number>(c["pidleget"]());
    this.now(c["unlock"](S_LOCK));
    c["setm"](m, i);
    c["setp"](0);
    if (p !== 0) this.now(c["acquirep"](p));
    c["setSmp"]();
    for (const [name, acts] of Object.entries(this.options.goroutines ?? {})) this.register(c, name, acts);
  }

  /** A goroutine function as the compiler would emit it: does its acts one after the other, and may stop at each. */
  private register(c: Core, name: string, acts: readonly Act[]): void {
    const results = (): unknown[] => (this.results[name] ??= []);
    let id = 0;
    const f = function* (g: number, fp: number, pc: number, sent: unknown): Body {
      let k = pc === START ? 0 : pc < 0 ? ~pc : pc;
      if (pc < 0) results().push(sent instanceof Error ? sent.message : sent);
      else if (pc !== START) results().push(sent);
      for (; k < acts.length; k++) {
        try {
          let r = acts[k]!(c, g) as unknown;
          if (isBody(r)) r = yield* r;
          if (r === c["SUSPEND"]) {
            const b = c["enter"](g, fp, 1, (id << 12) | (k + 1)) as unknown;
            if (isBody(b)) yield* b;
            return r;
          }
          results().push(r);
        } catch (e) {
          results().push(e instanceof Error ? e.message : e);
        }
      }
      return undefined;
    };
    id = this.now<number>(c["register"](`model#${name}`, name, f, { params: 0, rest: false, file: "", lines: [0] }));
  }

  /** Before each execution: the modules as they were at first. The memory is the machine's to undo. */
  reset(): void {
    this.instances.forEach((x, i) => x.restore(this.saved[i]!));
    for (const name of Object.keys(this.results)) delete this.results[name];
    this.posted.length = 0;
  }

  /** A new goroutine of M number i, runnable, in no queue. */
  go(i: number, name: string): number {
    const c = this.m(i);
    const id = this.now<number>(c["idOf"](`model#${name}`));
    return this.now<number>(c["newproc1"](this.p(i), { $id: id << 12 }, []));
  }

  /** An object that queues can hold; nobody runs it. */
  token(): number {
    return this.now<number>(this.host["mallocgc"](64, this.host["KIND_NOSCAN"]));
  }

  /** Lets the ring of P number i begin at an index, so that it wraps. */
  startAt(i: number, index: number): void {
    this.memory.set(this.p(i) + this.host["P_RUNQHEAD"], index);
    this.memory.set(this.p(i) + this.host["P_RUNQTAIL"], index);
  }

  /** What is in the queue of P number i: the ring, oldest first, then runnext. */
  ring(i: number): number[] {
    const { words } = this.memory;
    const { P_RUNQHEAD, P_RUNQTAIL, P_RUNQ, P_RUNNEXT, RUNQ_MASK } = this.host as Record<string, number>;
    const p = this.p(i);
    const r: number[] = [];
    for (let x = words[p + P_RUNQHEAD!]!; x !== words[p + P_RUNQTAIL!]; x = (x + 1) | 0)
      r.push(words[p + P_RUNQ! + (x & RUNQ_MASK!)]!);
    const next = words[p + P_RUNNEXT!]!;
    return next === 0 ? r : [...r, next];
  }

  /** What is in the global queue, oldest first. */
  global(): number[] {
    const { words } = this.memory;
    const { S_RUNQHEAD, S_RUNQSIZE, G_SCHEDLINK } = this.host as Record<string, number>;
    const r: number[] = [];
    for (let g = words[S_RUNQHEAD!]!; r.length < words[S_RUNQSIZE!]!; g = words[g + G_SCHEDLINK!]!) r.push(g);
    return r;
  }

  /** M number i runs this goroutine, and nothing else, until it has ended. */
  *runs(i: number, g: number): Body {
    const c = this.m(i);
    const status = g + (c["G_STATUS"] as number);
    for (;;) {
      yield* c["execute"](g, false) as Body;
      // Anything but waiting: it has ended, or was readied.
      const s = yield* this.memory.until(status, c["Gwaiting"] as number);
      if (s === c["Gdead"]) return;
      // Whoever readied it has done so by atomic operations of a queue, which nobody takes it off here.
      this.memory.machine.races.joinAll(i);
    }
  }
}
