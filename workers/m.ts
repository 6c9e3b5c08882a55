/**
 * An M: a worker thread that runs goroutines. Its Piscina task is the scheduler's loop and lasts as long as the runtime.
 *
 * Start: attach to the arena, install the module hook, load the user's modules (which defines the goroutine functions), then
 * join the scheduler. When a goroutine function is missing (its module became known later), the loop is left for the
 * thread's event loop, the module is loaded, and the loop goes on. It is left as well while goroutines of this M wait for
 * promises (sched/eventloop.ts).
 */
import { types } from "node:util";
import { threadId } from "node:worker_threads";
import * as Comlink from "comlink";
import { attach, I } from "../src/arena/arena.js";
import { arm } from "../src/arena/failpoint.js";
import { setWorkerSide } from "../src/arena/value.js";
import { lock, unlock } from "../src/arena/lock.js";
import {
  FLAG_NATIVE,
  H_FLAGS,
  H_STATE,
  M_NEXTP,
  M_STATE,
  M_THREADID,
  M_UP,
  S_LOCK,
  S_NSTARTING,
  STATE_RUNNING,
} from "../src/arena/layout.js";
import { endpoint, type HostControl, type MTask } from "../src/host/control.js";
import { pack } from "../src/stack/pack.js";
import { initHostChan, MAIN_KEY } from "../src/host/hostchan.js";
import { initHostContext } from "../src/host/signals.js";
import { setWorker } from "../src/host/worker-flag.js";
import { syncOutput } from "../src/host/output.js";
import { installHook } from "../src/compiler/install.js";
import { record, runSeries } from "../src/lab/record.js";
import { setRunLatency } from "../src/sched/runlatency.js";
import { post, setPost } from "../src/sched/hostlink.js";
import { allm, takeSpinning } from "../src/sched/m.js";
import { acquirep, pidleget } from "../src/sched/p.js";
import { missing, schedule } from "../src/sched/proc.js";
import { poll } from "../src/sched/eventloop.js";
import { LOAD, STOP } from "../src/stack/acts.js";
import { fatal } from "../src/sched/panic.js";
import { setm } from "../src/stack/current.js";
import { FatalError } from "../src/stack/fatal.js";
import { fns, type FuncObject, metas, names, register } from "../src/stack/funcs.js";
import { pathOf } from "../src/sched/traceback.js";
import { initDefer } from "../src/stack/defer.js";
import { initLibrary } from "../src/stack/library.js";
import { bindPolicy } from "../src/policy/bind.js";
import { initNative } from "../src/stack/native.js";
import { initTrampoline } from "../src/stack/trampoline.js";
import { warm } from "../src/stack/warm.js";

// The public API, which user modules get from here, and what their compiled functions call.
export * from "../src/index.js";
export * from "../src/stack/abi.js";
export * as policy from "../src/policy.js";

export default async function m(task: MTask): Promise<void> {
  setWorkerSide();
  attach(task.arena);
  setm(allm(task.mid), task.mid);
  if (FAILPOINTS) arm(`M${task.mid}`);
  setPost((msg) => task.events.postMessage("error" in msg ? { ...msg, error: pack(msg.error) } : msg));
  if (runSeries >= 0) setRunLatency((ms) => record(runSeries, ms));
  warm();
  initTrampoline();
  initNative();
  initDefer();
  initLibrary();
  initHostChan();
  initHostContext();
  syncOutput();
  process.argv.splice(2, process.argv.length, ...task.argv);
  const host = Comlink.wrap<HostControl>(endpoint(task.control));
  // Plain: a hint, which spares a short program the rest of the start; `schedule` looks again.
  const over = (): boolean => I[H_STATE] !== STATE_RUNNING;
  try {
    if (over()) return;
    installHook((I[H_FLAGS]! & FLAG_NATIVE) === 0);
    if (task.policy !== undefined) await bindPolicy(task.policy, (url) => import(url));
    let loaded = 0;
    for (const url of task.modules) {
      if (over()) return;
      const ns = await loadModule(url);
      if (task.main && loaded === 0) defineMain(url, ns);
      loaded++;
    }
    if (task.mid === 0) tellFuncs();
    up(allm(task.mid));
    for (let why = schedule(); why !== STOP; why = schedule()) {
      if (why !== LOAD) {
        if (await poll()) continue;
        break;
      }
      for (const url of await host.modules(loaded)) {
        await loadModule(url);
        loaded++;
      }
      if (task.mid === 0) tellFuncs();
      if (fns[missing] === undefined)
        throw new Error(
          `a goroutine function was started that no loaded module defines; define it at module level with goroutine(function* name() {...})`,
        );
    }
  } catch (e) {
    if (e instanceof FatalError) fatal(e.message, e.before, e);
    else await host.failed(task.mid, pack(e));
  } finally {
    task.events.close();
    task.control.close();
  }
}

/** Loads a module up to its end, or up to its call of run or start, whichever comes first. */
function loadModule(url: string): Promise<unknown> {
  const reached = new Promise<void>((resolve) => setWorker({ reached: resolve }));
  return Promise.race([import(url), reached]).catch((e: unknown) => {
    // Names the module; a syntax error does so already.
    if (types.isNativeError(e) && !e.message.includes(pathOf(url))) e.message = `${pathOf(url)}: ${e.message}`;
    throw e;
  });
}

/** The command line's program is the module's exported `main`. */
function defineMain(url: string, ns: unknown): void {
  const main = (ns as { main?: FuncObject } | undefined)?.main;
  if (main === undefined)
    throw new Error(`${pathOf(url)}: exports no main; write: export const main = goroutine(function* main() {...})`);
  if (main.$key === undefined)
    throw new Error(
      `${pathOf(url)}: main is not a goroutine function; write: export const main = goroutine(function* main() {...})`,
    );
  const id = main.$id >>> 12;
  register(MAIN_KEY, main.$name, fns[id]!, metas[id]!);
}

const told = new Set<number>();

/** The user's functions that were loaded since the last time, for reports of the host (host/held.ts). */
function tellFuncs(): void {
  const funcs = metas.flatMap((meta, id) =>
    told.has(id) || meta === undefined || meta.file === ""
      ? []
      : [{ id, name: names[id]!, file: meta.file, lines: meta.lines }],
  );
  for (const { id } of funcs) told.add(id);
  if (funcs.length > 0) post({ t: "funcs", funcs });
}

/** From starting to running: with the P we were started for, or an idle one, or none. */
function up(self: number): void {
  lock(S_LOCK);
  I[self + M_THREADID] = threadId;
  I[self + M_STATE] = M_UP;
  I[S_NSTARTING] = I[S_NSTARTING]! - 1;
  let p = I[self + M_NEXTP]!;
  I[self + M_NEXTP] = 0;
  if (p === 0) p = pidleget();
  unlock(S_LOCK);
  post({ t: "up" });
  takeSpinning();
  if (p !== 0) acquirep(p);
}
