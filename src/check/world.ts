/**
 * A runtime inside the machine: an arena with Ps and Ms, and a copy of the real modules for each thread, as workers have.
 * M number i holds P number i. Made once for a model; `reset` brings the modules back to where they were.
 */
import { type Core, type Instance, isBody, runNow, type Source } from "./load.js";
import type { Body } from "./machine.js";
import { Memory } from "./memory.js";

/**
 * One thing that a goroutine of a model does: a value, or what an operation of the runtime returns. `fp`: where the frame of what
 * it calls begins.
 */
export type Act = (core: Core, g: number, fp: number) => unknown;

export interface WorldOptions {
  procs: number;
  /** Threads; those beyond `procs` hold no P. Default: as many as procs. */
  ms?: number;
  /** Threads that are no Ms and hold no P: sysmon, the poller, a host. Default 0. */
  outsiders?: number;
  /** A host waits for what goroutines return: that none can run is no deadlock, and the host is told. */
  open?: boolean;
  /** Time moves when nobody can run, and only then. */
  virtual?: boolean;
  /** By how many milliseconds the clock moves at each look. Default 0. */
  tick?: number;
  /** Names of cases: every thread knows them, or it would remember numbers of an execution that was undone. */
  cases?: readonly string[];
  /** Registers what each thread of the runtime would register when its modules load. */
  register?: (core: Core) => void | Body;
  /** Goroutine functions by name: what each does, one after the other. */
  goroutines?: Record<string, readonly Act[]>;
}

const ARENA = 16 << 20;
const START = 4095;
const CORES = 4;
/** What the machine's clock says when the runtime starts: never 0, which the runtime takes for "no time". */
const BOOT_MS = 1000;

export class World {
  readonly memory: Memory;
  /** The modules of each thread; the last is the host's. */
  private readonly instances: Instance[];
  private readonly outsiders: number;
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
    const flags =
      (options.open === true ? boot["FLAG_OPEN"] : 0) | (options.virtual === true ? boot["FLAG_VIRTUAL"] : 0);
    const arena = boot["newArena"](ARENA, 1, flags) as { buffer: SharedArrayBuffer };
    this.memory = new Memory(new Int32Array(arena.buffer));
    const { machine } = this.memory;
    machine.clock = BOOT_MS;
    machine.source = (site) => source.place(site);
    const ms = options.ms ?? options.procs;
    this.outsiders = ms;
    this.instances = Array.from({ length: ms + (options.outsiders ?? 0) + 1 }, () => source.instantiate(machine));
    // The host sets the arena up before another thread has it.
    const host = this.host;
    this.now(host["attach"](arena));
    host["setSmp"]();
    this.now(host["schedinit"]({ procs: options.procs, maxThreads: 64, maxStack: 1 << 20 }));
    // Not what this machine has: a schedule must replay on another one.
    this.memory.words[host["S_NCPU"]] = CORES;
    this.now(host["setMcache"](host["HOST_P"]));
    host["setp"](host["allp"](host["HOST_P"]));
    for (const { exports: c } of this.instances) {
      if (c !== host) this.now(c["attach"](arena));
      c["setPost"]((m: unknown) => void this.posted.push(m));
      this.now(options.register?.(c));
    }
    for (let i = 0; i < ms; i++) this.startM(i);
    for (const { exports: c } of this.instances)
      for (const name of options.cases ?? []) this.now(c["nameOf"](this.now(host["intern"](name))));
    this.saved = this.instances.map((x) => x.save());
  }

  /** The modules of M number i. */
  m(i: number): Core {
    return this.instances[i]!.exports;
  }
  /** The modules of outsider number i. */
  outsider(i: number): Core {
    return this.m(this.outsiders + i);
  }
  get host(): Core {
    return this.instances.at(-1)!.exports;
  }
  /** Word of the P of M number i. */
  p(i: number): number {
    return this.host["allp"](i) as number;
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
    this.now(c["initLibrary"]());
    for (const [name, acts] of Object.entries(this.options.goroutines ?? {})) this.register(c, name, acts);
  }

  /** A goroutine function as the compiler would emit it: does its acts one after the other, and may stop at each. */
  private register(c: Core, name: string, acts: readonly Act[]): void {
    const results = (): unknown[] => (this.results[name] ??= []);
    const { machine } = this.memory;
    let id = 0;
    const f = function* (g: number, fp: number, pc: number, sent: unknown): Body {
      let k = pc === START ? 0 : pc < 0 ? ~pc : pc;
      if (pc < 0) results().push(sent instanceof Error ? sent.message : sent);
      else if (pc !== START) results().push(sent);
      for (; k < acts.length; k++) {
        try {
          let r = acts[k]!(c, g, fp + 1) as unknown;
          if (isBody(r)) r = yield* r;
          if (r === c["SUSPEND"]) {
            const b = c["enter"](g, fp, 1, (id << 12) | (k + 1)) as unknown;
            if (isBody(b)) yield* b;
            return r;
          }
          results().push(r);
        } catch (e) {
          // What the runtime says of itself: no goroutine may catch it.
          if (e instanceof Error && e.name === "FatalError") machine.failed ??= e;
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
    this.memory.machine.clock = BOOT_MS;
    this.memory.machine.tick = this.options.tick ?? 0;
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

  /** A shared object of a HANDLE_* kind, all zero. */
  object(kind: number, bytes: number): number {
    const a = this.now<number>(this.host["mallocgc"](bytes, this.host["KIND_OBJ"]));
    this.memory.words[a] = kind;
    return a;
  }

  /** Before the threads begin: M number i has given up its P, if it has one, and sleeps. Its thread begins with `mPark`. */
  idle(i: number): void {
    const c = this.m(i);
    this.now(c["lock"](c["S_LOCK"]));
    if (c["curp"] !== 0) this.now(c["pidleput"](this.now(c["releasep"]())));
    this.now(c["mput"](c["curm"]));
    this.now(c["unlock"](c["S_LOCK"]));
  }

  /** Before the threads begin: a new goroutine in the queue of M number i. */
  queued(i: number, name: string, next = false): number {
    const g = this.go(i, name);
    this.now(this.m(i)["runqput"](this.p(i), g, next));
    return g;
  }

  /** M number i as a thread of the runtime: it sleeps first if `asleep`, and then runs what it finds until it sleeps for good. */
  *schedules(i: number, asleep = false): Body<void> {
    const c = this.m(i);
    if (!asleep || (yield* c["mPark"]() as Body) === true) yield* c["schedule"]() as Body;
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
      // Anything but waiting: it has ended, or was readied. Whoever readied it goes on to put it into a queue, by an atomic
      // operation, which nobody takes it off here: instead, what came before its new status has happened before this.
      const s = yield* this.memory.until(status, c["Gwaiting"] as number);
      if (s === c["Gdead"]) return;
    }
  }
}
