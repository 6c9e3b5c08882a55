/**
 * The host's side of a runtime: it owns the arena and the pool of threads, starts goroutines, receives results, and notices
 * when a thread dies. It never blocks and never runs a goroutine.
 */
import { HeldReports } from "./held.js";
import { fileURLToPath } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import * as Comlink from "comlink";
import { Piscina } from "piscina";
import { type Arena, attach, I, newArena } from "../arena/arena.js";
import { unmark } from "../arena/clone.js";
import { add, load } from "../arena/atomics.js";
import { limitLocks, lock, unlock } from "../arena/lock.js";
import {
  FLAG_NATIVE,
  FLAG_OPEN,
  FLAG_VIRTUAL,
  G_FLAGS,
  G_RESULT,
  G_SYSTEM,
  H_FLAGS,
  H_STATE,
  HOST_P,
  M_ID,
  M_STATE,
  M_UP,
  S_INJECT,
  S_LOCK,
  S_MCOUNT,
  S_NCPU,
  S_NETPOLLWAITERS,
  S_NGSYS,
  S_NMIDLE,
  S_NMIDLELOCKED,
  STATE_RUNNING,
} from "../arena/layout.js";
import { setMcache } from "../arena/malloc.js";
import { handleAt, HANDLE_CHAN } from "../arena/value.js";
import type { Context } from "../context/context.js";
import { type Chan } from "../chan/chan.js";
import { makechan } from "../chan/hchan.js";
import { injectg } from "../sched/globrunq.js";
import { setPost, type ToHost } from "../sched/hostlink.js";
import { allm, mcommoninit, wakeIdle } from "../sched/m.js";
import { allp } from "../sched/p.js";
import { stopAll } from "../sched/panic.js";
import { type GoroutineInfo, goroutineText } from "../sched/traceback.js";
import { MAIN_REQUEST, newproc1 } from "../sched/proc.js";
import { timersPending } from "../sched/timers.js";
import { schedinit } from "../sched/schedinit.js";
import { NETPOLL, WORKER } from "../paths.js";
import { setp } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import type { FuncObject } from "../stack/funcs.js";
import { endpoint, type HostControl, type MTask } from "./control.js";
import { PanicError } from "./errors.js";
import { unpack } from "../stack/pack.js";
import { describe, hostObject, modules } from "./goroutine.js";
import { Exposed } from "./expose.js";
import { HOST_CLOSE, HOST_GOROUTINES, HOST_RECV, HOST_SEND } from "./hostchan.js";
import type { Config } from "./options.js";
import { othersAlive } from "./alive.js";
import { Signals } from "./signals.js";
import { type PolicyNews, readStats, type Stats } from "./stats.js";
import { SysmonThread } from "./sysmon.js";

/** Native stack of an M, in MiB: direct calls nest up to 12,000 slots (stack/trampoline.ts) and user code on top. */
const M_STACK_MB = 8;
/** Goroutines that the host starts have at least this many argument slots set, because it cannot see default parameters. */
const HOST_ARGS = 16;
/** A module may wait for ever at its top level; what is longer than this is taken for that. */
const LOAD_GRACE_MS = 10_000;
/** The same when a thread has died: it may have held a lock that the others need to come up, and then they wait for ever. */
const LOAD_GRACE_DEAD_MS = 1000;
/** After the stop signal, Ms that run a goroutine that does not stop are terminated. */
const STOP_GRACE_MS = 100;

/**
 * The poller ends by itself, well before this, unless it is stuck. Never sooner: Node 20 aborts the process if a thread is
 * terminated while its HTTP parser calls back.
 */
const POLLER_GRACE_MS = 5000;

interface Pending {
  resolve: (v: unknown) => void;
  reject: (e: unknown) => void;
}

/** How often an idle runtime looks whether the host is done too. */
const IDLE_LOOK_MS = 50;

let nextRuntimeId = 1;
/** Runtimes of this process that are not closed. */
const live = new Set<Runtime>();

export class Runtime {
  private readonly arena: Arena;
  private readonly pool: Piscina;
  private readonly config: Config;
  private readonly pending = new Map<number, Pending>();
  private readonly exposed = new Exposed();
  private netpoll: Worker | undefined;
  private readonly held = new HeldReports();
  /** Those of goroutines that may wait for ever (signalOf): no work is unfinished while they do. */
  private readonly waiting = new Map<number, Pending>();
  private readonly signals: Signals;
  private nextRequest = MAIN_REQUEST;
  private readonly urls: string[];
  private readonly main: boolean;
  private readonly tasks: Promise<unknown>[] = [];
  /** Ms whose thread has been asked for and has not ended. */
  private readonly threads = new Set<number>();
  private threadDied = false;
  private ending: Promise<void> | undefined;
  private failure: Error | undefined;
  private sysmon: SysmonThread | undefined;
  /** What the Ms have said of their policy. */
  private policy: PolicyNews | undefined;
  private watch: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(config: Config, open: boolean, urls: string[], main: boolean) {
    this.config = config;
    this.main = main;
    this.urls = urls;
    const flags = (open ? FLAG_OPEN : 0) | (config.compile ? 0 : FLAG_NATIVE) | (config.virtual ? FLAG_VIRTUAL : 0);
    this.arena = newArena(config.arena, nextRuntimeId++, flags);
    this.enter();
    limitLocks();
    schedinit(config);
    this.pool = new Piscina({
      filename: fileURLToPath(WORKER),
      minThreads: 0,
      maxThreads: config.maxThreads,
      concurrentTasksPerWorker: 1,
      idleTimeout: 0,
      atomics: "disabled",
      resourceLimits: { stackSizeMb: M_STACK_MB },
      recordTiming: false,
    });
    this.pool.on("error", (e: Error) => this.died(e));
    this.expose(config.expose);
    live.add(this);
    this.signals = new Signals({
      enter: () => this.enter(),
      call: (f, args, waits) =>
        new Promise((resolve, reject) => {
          this.alive("context");
          this.enter();
          this.spawn(f, args, { resolve, reject }, waits);
        }),
    });
  }

  /** Makes this runtime's arena the host's current one. Before each touch of the arena. */
  private enter(): void {
    attach(this.arena);
    setp(allp(HOST_P));
    setMcache(HOST_P);
    setPost((m) => this.onEvent(m));
  }

  // ----------------------------------------------------------------------------------------- threads

  /**
   * Starts the first Ms, half as many as there are cores: a starting thread keeps a core busy, and on Node 20 a second one for
   * its module hook, so more of them would only delay the first goroutine. The others are started when the first is up.
   * @internal
   */
  startThreads(): void {
    this.enter();
    this.startMore(Math.max(1, I[S_NCPU]! >> 1));
  }

  /** Starts Ms until there are `n`, but no more than Ps and than the machine can use at once; further ones when they are needed. */
  private startMore(n: number): void {
    const most = Math.min(n, this.config.procs, this.config.maxThreads, 16);
    for (let started = load(S_MCOUNT); started < most; started++) {
      lock(S_LOCK);
      const m = mcommoninit();
      unlock(S_LOCK);
      this.newThread(I[m + M_ID]!);
    }
  }

  private newThread(mid: number): void {
    if (this.ending !== undefined) return;
    const events = new MessageChannel();
    const control = new MessageChannel();
    events.port1.on("message", (m: ToHost) => this.onEvent(m));
    const api: HostControl = {
      modules: (from) => this.urls.slice(from),
      failed: (_mid, error) => this.fail(unpack(error) as Error),
    };
    Comlink.expose(api, endpoint(control.port1));
    events.port1.unref();
    control.port1.unref();
    const task: MTask = {
      arena: this.arena,
      mid,
      events: events.port2,
      control: control.port2,
      modules: this.urls,
      main: this.main,
      policy: this.config.choice,
      argv: process.argv.slice(2),
    };
    // The thread ends as soon as it has told why, and its end comes by another port, maybe first: its last words are waiting.
    const lastWords = (): void => {
      for (let m = receiveMessageOnPort(events.port1); m !== undefined; m = receiveMessageOnPort(events.port1))
        this.onEvent(m.message as ToHost);
    };
    this.threads.add(mid);
    const run = this.pool.run(task, { transferList: [events.port2, control.port2] }).then(
      () => {
        lastWords();
        this.enter();
        // Else it was told to, by another thread: the news of that is on its way here.
        if (this.ending === undefined && load(H_STATE) === STATE_RUNNING)
          this.died(new Error("its thread ended by itself"));
      },
      (e: Error) => {
        lastWords();
        this.died(e);
      },
    );
    this.tasks.push(
      run.finally(() => {
        this.threads.delete(mid);
        events.port1.close();
        control.port1.close();
      }),
    );
    for (const w of this.pool.threads) {
      w.unref();
      if (w.listenerCount("exit") < 2)
        // Later: if there is a reason (memory exhausted), it arrives by the task's rejection in the same turn.
        w.once("exit", (code) => setImmediate(() => this.exited(code)));
    }
  }

  /** A thread is gone. After the stop signal that is as it should be; the news of why may still be on its way here. */
  private exited(code: number): void {
    this.enter();
    if (load(H_STATE) === STATE_RUNNING) this.died(new Error(`its thread exited with code ${code}`));
  }

  private startNetpoll(): void {
    if (this.ending !== undefined) return;
    const w = new Worker(NETPOLL, { workerData: this.arena, name: "netpoll" });
    this.netpoll = w;
    w.on("message", (m: ToHost) => this.onEvent(m));
    w.on("error", (e: Error) => this.died(new Error(`the network poller: ${e.message}`)));
    w.on("exit", (code) => {
      this.netpoll = undefined;
      this.died(new Error(`the network poller exited with code ${code}`));
    });
    // Last: a listener for messages would keep the process alive again.
    w.unref();
  }

  /** Ends the poller, which sends what was written before, if that does not take long. */
  private async endNetpoll(): Promise<void> {
    const w = this.netpoll;
    if (w === undefined) return;
    const timer = setTimeout(() => void w.terminate(), POLLER_GRACE_MS);
    await new Promise((resolve) => {
      w.once("exit", resolve);
      w.postMessage("end");
    });
    clearTimeout(timer);
  }

  /** For what takes its time: the runtime may have ended meanwhile. */
  private enterAlive(): boolean {
    if (this.ending !== undefined) return false;
    this.enter();
    return true;
  }

  /** A thread is gone that should be there: memory exhausted, process.exit in user code. The run cannot go on. */
  private died(e: Error): void {
    // Also if the run ends already because somebody gave up a lock of the dead one: this news comes after that.
    this.threadDied = true;
    if (this.ending !== undefined || this.failure !== undefined) return;
    const err = new FatalError(`a thread of the runtime died: ${e.message}`);
    process.stderr.write(`fatal error: ${err.message}\n`);
    this.fail(err);
  }

  private onEvent(m: ToHost): void {
    try {
      this.handle(m);
    } catch (e) {
      // A lock that a dead thread holds.
      if (!(e instanceof FatalError)) throw e;
      process.stderr.write(`fatal error: ${e.message}\n`);
      this.fail(e);
    }
  }

  private handle(m: ToHost): void {
    switch (m.t) {
      case "result":
        this.enter();
        this.settle(m.id)?.resolve(m.marked ? unmark(m.value) : m.value);
        return;
      case "error":
        this.settle(m.id)?.reject(unpack(m.error));
        return;
      case "newm":
        this.newThread(m.mid);
        return;
      case "up":
        if (!this.enterAlive()) return;
        this.startMore(this.config.procs);
        this.sysmon ??= new SysmonThread(
          this.arena,
          (e) => this.onEvent(e),
          (e) => this.died(e),
          // Without it nobody takes Ps from system calls any more.
          (code) => this.exited(code),
        );
        return;
      case "netpoll":
        this.startNetpoll();
        return;
      case "call":
        void this.exposed.answer(m.call, (f) => this.enterAlive() && f());
        return;
      case "idle":
        this.idle();
        return;
      case "funcs":
        this.held.learn(m.funcs);
        return;
      case "held": {
        if (!this.enterAlive()) return;
        const text = this.held.report(m.m, m.p, m.ms);
        if (text !== undefined) process.stderr.write(text);
        return;
      }
      case "fatal": {
        const e =
          m.kind === "panic"
            ? new PanicError(m.message, "error" in m ? { cause: unpack(m.error) } : undefined)
            : new FatalError(m.message);
        e.stack = `${e.name}: ${m.message} (the report is on stderr)`;
        this.fail(e);
        return;
      }
      case "policy":
        this.policy = { counters: [], ...this.policy, ...m };
        return;
      case "busy":
    }
  }

  private settle(id: number): Pending | undefined {
    const p = this.pending.get(id) ?? this.waiting.get(id);
    this.pending.delete(id);
    this.waiting.delete(id);
    return p;
  }

  /** Ends the run with an error: everything pending rejects with it. */
  private fail(e: Error): void {
    if (this.failure !== undefined) return;
    this.failure = e;
    this.rejectAll(e);
    void this.close();
  }

  // ----------------------------------------------------------------------------------------- keeping the process alive

  /**
   * All goroutines are asleep: only the host can go on. Piscina keeps the process alive while its tasks run, so the process
   * would hang if the host has nothing left to do either. Then nobody can ever bring work: with results pending that is the
   * deadlock it would have been in Go, without any the runtime was merely not closed.
   */
  private idle(): void {
    this.watch ??= setInterval(() => this.lookAround(), IDLE_LOOK_MS).unref();
  }

  /** Whether all Ms sleep now, and no promise or I/O can wake one. */
  private asleep(): boolean {
    this.enter();
    return (
      load(S_NMIDLE) + load(S_NMIDLELOCKED) >= load(S_MCOUNT) &&
      load(S_INJECT) === 0 &&
      load(S_NETPOLLWAITERS) === 0 &&
      timersPending() === 0
    );
  }

  private lookAround(): void {
    if (this.ending !== undefined || !this.asleep()) {
      clearInterval(this.watch);
      this.watch = undefined;
      return;
    }
    let ours = 0;
    for (const rt of live) {
      if (!rt.asleep()) return;
      ours += load(S_MCOUNT);
    }
    if (othersAlive(ours)) return;
    for (const rt of live) rt.abandoned();
  }

  private abandoned(): void {
    if (this.pending.size === 0) {
      void this.close();
      return;
    }
    // Closed, as a program is: an M that wakes, finds nothing and goes to sleep again reports the deadlock.
    this.enter();
    I[H_FLAGS] = I[H_FLAGS]! & ~FLAG_OPEN;
    process.once("exit", () => (process.exitCode = 2));
    wakeIdle();
  }

  // ----------------------------------------------------------------------------------------- public

  /**
   * @throws why the runtime has ended, if it has
   * @internal
   */
  alive(what: string): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.ending !== undefined) throw new Error(`${what}: the runtime is closed`);
  }

  /**
   * Starts a goroutine and returns a promise of its result. Arguments and result are copied as through a channel.
   *
   * The promise rejects with what the goroutine throws; then the runtime goes on. A panic of a goroutine that was started
   * by `go` inside ends the runtime, and everything pending rejects with a PanicError.
   *
   * @throws TypeError if `f` is not a goroutine function, or an argument cannot cross threads (as a rejection)
   */
  go<A extends unknown[], R>(f: (...args: A) => Generator<unknown, R, unknown>, ...args: A): Promise<Awaited<R>> {
    return new Promise((resolve, reject) => {
      this.alive("rt.go");
      const fo = checkFunc(f, "rt.go");
      this.enter();
      this.need(fo.$file);
      this.spawn(fo, args, { resolve: resolve as (v: unknown) => void, reject });
    });
  }

  /** `waits`: see `waiting`; then it is no goroutine of the user's either. */
  private spawn(f: FuncObject, args: unknown[], p: Pending, waits = false): void {
    const padded = args.slice();
    for (let n = Math.max(args.length, f.length + HOST_ARGS); padded.length < n;) padded.push(undefined);
    const g = newproc1(allp(HOST_P), f, padded, args.length);
    const id = this.nextRequest++;
    I[g + G_RESULT] = id;
    (waits ? this.waiting : this.pending).set(id, p);
    if (waits) {
      I[g + G_FLAGS] = G_SYSTEM;
      add(S_NGSYS, 1);
    }
    injectg(g);
    wakeIdle();
  }

  /** Makes sure that the Ms load the module of a function. */
  private need(url: string): void {
    if (url === "" || this.urls.includes(url)) return;
    // An M that meets a function it lacks asks for the modules it has not loaded.
    this.urls.push(url);
  }

  /**
   * Lets goroutines call functions of the host: `yield* host.name(args)` with `host = hostFunctions<typeof functions>()`. They
   * run here, on the main thread, which they block as any other code does; they may return promises. Functions
   * exposed earlier stay; one of the same name is replaced.
   *
   * @throws TypeError if one of them is not a function
   * @example
   * const rt = await start({ procs: 2 });
   * rt.expose({ title: () => process.title });
   * await rt.close();
   */
  expose(functions: Record<string, (...args: never[]) => unknown>): void {
    this.exposed.add(functions);
  }

  /** Makes a channel for host and goroutines. @param size as of `chan` */
  makeChan<T>(size = 0): Chan<T> {
    this.alive("rt.makeChan");
    this.enter();
    return handleAt(HANDLE_CHAN, makechan(size)) as Chan<T>;
  }

  /**
   * A channel as the host uses it: `send`, `recv` and `close` return promises, and it is an async iterable that ends when
   * the channel is closed.
   *
   * @example
   * const count = goroutine(function* count(n: number, out: Chan<number>) {
   *   for (let i = 1; i <= n; i++) yield* out.send(i);
   *   out.close();
   * });
   * const rt = await start();
   * const numbers = rt.makeChan<number>();
   * void rt.go(count, 3, numbers);
   * for await (const v of rt.chan(numbers)) console.log(v);
   * await rt.close();
   * // Output:
   * // 1
   * // 2
   * // 3
   */
  chan<T>(ch: Chan<T>): HostChan<T> {
    const call = (f: FuncObject, v?: unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        this.alive("rt.chan");
        this.enter();
        this.spawn(f, [ch, v], { resolve, reject });
      });
    const recv = (): Promise<{ value: T | undefined; ok: boolean }> =>
      call(builtins.recv) as Promise<{ value: T | undefined; ok: boolean }>;
    return {
      send: async (v) => void (await call(builtins.send, v)),
      recv: async () => (await recv()).value,
      close: async () => void (await call(builtins.close)),
      async *[Symbol.asyncIterator]() {
        for (let r = await recv(); r.ok; r = await recv()) yield r.value as T;
      },
    };
  }

  /**
   * A context for goroutines that is cancelled when the signal aborts; `ctx.cause()` is then the signal's reason. The same
   * context for the same signal. A reason that cannot cross threads arrives as an error or a string with its message.
   *
   * @throws TypeError if `signal` is no AbortSignal, Error if the runtime is closed
   * @example
   * const worker = goroutine(function* worker(ctx: Context) {
   *   yield* ctx.done().recv();
   *   return `stopped: ${(ctx.cause() as Error).message}`;
   * });
   * const rt = await start();
   * const controller = new AbortController();
   * const result = rt.go(worker, rt.contextFrom(controller.signal));
   * controller.abort(new Error("the client has gone"));
   * console.log(await result);
   * await rt.close();
   * // Output:
   * // stopped: the client has gone
   */
  contextFrom(signal: AbortSignal): Context {
    this.alive("rt.contextFrom");
    return this.signals.contextFrom(signal);
  }

  /**
   * A signal that aborts when the context is done, for `fetch` and whatever else on the host takes one. Its reason is the
   * context's cause, else `Canceled` or `DeadlineExceeded`. It aborts as well when the runtime is closed. The same signal
   * for the same context.
   *
   * @throws TypeError if `ctx` is no context, Error if the runtime is closed
   * @example
   * const budget = goroutine(function* budget() {
   *   return withTimeout(background(), 5);
   * });
   * const rt = await start();
   * const signal = rt.signalOf(await rt.go(budget));
   * await new Promise((resolve) => signal.addEventListener("abort", resolve));
   * console.log(signal.reason.message);
   * await rt.close();
   * // Output:
   * // context deadline exceeded
   */
  signalOf(ctx: Context): AbortSignal {
    this.alive("rt.signalOf");
    return this.signals.signalOf(ctx);
  }

  /** Counters since the start: a snapshot, read while the threads run. */
  stats(): Stats {
    this.enter();
    return readStats(this.policy);
  }

  /**
   * The goroutines that exist, in order of their ids: what each does, where it stands and who started it.
   *
   * Read by a goroutine of its own while the others run on, without stopping them: each entry is true of some moment during
   * the call. A goroutine that waits before the call and after it is shown as it waits. It takes its turn as any goroutine,
   * so the promise waits as long as others compute without suspending on all threads.
   *
   * @example
   * const idle = goroutine(function* idle() {
   *   yield* chan().recv();
   * });
   * const rt = await start({ procs: 1 });
   * void rt.go(idle).catch(() => {});
   * for (const { id, name, state } of await rt.goroutines()) println(id, name, state);
   * await rt.close();
   */
  goroutines(): Promise<GoroutineInfo[]> {
    return new Promise((resolve, reject) => {
      this.alive("rt.goroutines");
      this.enter();
      this.spawn(builtins.goroutines, [], { resolve: resolve as (v: unknown) => void, reject });
    });
  }

  /** The same as a text, as Go prints goroutines in a panic. */
  async dump(): Promise<string> {
    return (await this.goroutines()).map(goroutineText).join("\n\n");
  }

  /**
   * Stops the runtime: goroutines that still run are stopped where they are, threads end, what is pending rejects.
   * Resolves when all threads are gone. Calling it again is harmless.
   */
  close(): Promise<void> {
    this.ending ??= this.shutdown();
    return this.ending;
  }

  private async shutdown(): Promise<void> {
    this.enter();
    stopAll();
    clearInterval(this.watch);
    let timer: NodeJS.Timeout | undefined;
    const sysmon = this.sysmon?.end();
    await this.loaded();
    const grace = new Promise((r) => (timer = setTimeout(r, STOP_GRACE_MS)));
    await Promise.race([Promise.all(this.tasks), grace]);
    clearTimeout(timer);
    await sysmon;
    await this.endNetpoll();
    await this.pool.destroy().catch(() => {});
    live.delete(this);
    const e = this.failure ?? new Error("the runtime was closed before the goroutine ended");
    this.rejectAll(e);
    this.signals.close();
  }

  /**
   * Until no thread is between its start and its loop. Such a thread sees the stop signal by itself; to end one while it loads modules
   * can abort the process on Node 20, or hang, for its module hook is a thread of its own that it waits for.
   */
  private async loaded(): Promise<void> {
    const began = Date.now();
    const patient = (): boolean => Date.now() < began + (this.threadDied ? LOAD_GRACE_DEAD_MS : LOAD_GRACE_MS);
    const some = (): boolean => [...this.threads].some((mid) => load(allm(mid) + M_STATE) !== M_UP);
    while (some() && patient()) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      this.enter();
    }
  }

  private rejectAll(e: Error): void {
    for (const p of [...this.pending.values(), ...this.waiting.values()]) p.reject(e);
    this.pending.clear();
    this.waiting.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A channel as the host uses it; see `Runtime.chan`. */
export interface HostChan<T> extends AsyncIterable<T> {
  send(v: T): Promise<void>;
  recv(): Promise<T | undefined>;
  close(): Promise<void>;
}

const builtins = {
  send: hostObject(HOST_SEND, "", "host.send", 2),
  recv: hostObject(HOST_RECV, "", "host.recv", 2),
  close: hostObject(HOST_CLOSE, "", "host.close", 2),
  goroutines: hostObject(HOST_GOROUTINES, "", "host.goroutines", 2),
};

export function checkFunc(f: unknown, what: string): FuncObject {
  if (f === undefined || f === null) throw new FatalError("go of nil func value");
  if (typeof f !== "function" || (f as unknown as FuncObject).$key === undefined)
    throw new TypeError(
      `${what}: ${describe(f)} is not a goroutine function; define it at module level with goroutine(function* ...)`,
    );
  return f as unknown as FuncObject;
}

/** Sets up a runtime. `mainUrl`: the module whose exported `main` is to run; else the Ms load all that defined goroutine functions. */
export function boot(config: Config, open: boolean, mainUrl?: string): Runtime {
  return new Runtime(config, open, mainUrl === undefined ? [...modules] : [mainUrl], mainUrl !== undefined);
}
