/**
 * Benchmark.js over the primitives. One thread, so nothing contends: these are the floors, not what a program pays. Each is
 * timed with the plain accesses of one P and with the atomics of two (arena/atomics.ts, family 2).
 */
import Benchmark from "benchmark";
import { attach, I, newArena } from "../../src/arena/arena.js";
import { add, cas, load, setSmp, store } from "../../src/arena/atomics.js";
import { KIND_NOSCAN, S_NPROCS } from "../../src/arena/layout.js";
import { lock, plock, punlock, unlock } from "../../src/arena/lock.js";
import { mallocgc, mallocinit, mfree, setMcache } from "../../src/arena/malloc.js";
import { decode, encode, putNumber } from "../../src/arena/value.js";
import { allp } from "../../src/sched/p.js";
import { runqget, runqput } from "../../src/sched/runq.js";
import { digits, plainTable, right } from "../report.js";

const pattern = new RegExp(process.argv[2] ?? "", "i");

attach(newArena(64 * 1024 * 1024, 1, 0));
mallocinit();
setMcache(0);
const object = mallocgc(256, KIND_NOSCAN);
const word = object + 2;
const mutex = object + 8;
const slot = (object + 4) / 2;
const p = allp(0);
// Any even number other than 0 will do for a G that nobody runs.
const g = object;
const text = "a string that does not fit in its slot";

const primitives: Record<string, () => unknown> = {
  "load (atomic)": () => load(word),
  "store (atomic)": () => store(word, 1),
  "cas (atomic)": () => cas(word, 1, 1),
  "add (atomic)": () => add(word, 1),
  "lock + unlock, any thread": () => (lock(mutex), unlock(mutex)),
  "plock + punlock, with a P": () => (plock(mutex), punlock(mutex)),
  "value: number in and out": () => (putNumber(slot, 12.5), decode(slot)),
  "value: string of 5 in and out": () => (encode(slot, "short"), decode(slot)),
  "value: string of 38 in and out": () => (encode(slot, text), decode(slot)),
  "value: small object in and out": () => (encode(slot, { x: 1, y: 2 }), decode(slot)),
  "malloc + free, 16 bytes": () => mfree(mallocgc(16, KIND_NOSCAN), 16, KIND_NOSCAN),
  "malloc + free, 256 bytes": () => mfree(mallocgc(256, KIND_NOSCAN), 256, KIND_NOSCAN),
  "malloc + free, 64 KiB": () => mfree(mallocgc(65536, KIND_NOSCAN), 65536, KIND_NOSCAN),
  "run queue: put + get": () => (runqput(p, g, false), runqget(p)),
  "run queue: put + get of runnext": () => (runqput(p, g, true), runqget(p)),
};

const names = Object.keys(primitives).filter((name) => pattern.test(name));
const columns = [1, 2].map((procs) => {
  I[S_NPROCS] = procs; // plain: there is no other thread
  setSmp();
  return new Map(names.map((name) => [name, time(name)]));
});
const table = plainTable(["one thread, ns", "1 P", "2 Ps", "+-"]);
for (const name of names) {
  const [one, two] = columns.map((column) => column.get(name) as Timing) as [Timing, Timing];
  table.push([name, right(digits(one.ns)), right(digits(two.ns)), right(`${Math.max(one.rme, two.rme).toFixed(0)} %`)]);
}
console.log(table.toString());

interface Timing {
  ns: number;
  rme: number;
}

function time(name: string): Timing {
  const run = primitives[name] as () => unknown;
  // The first run compiles the function and teaches Benchmark.js's own loop; it would count twice as much.
  new Benchmark(run, { maxTime: 0.05 }).run();
  const bench = new Benchmark(name, run, { maxTime: 0.5 });
  bench.run();
  if (bench.error !== undefined) throw bench.error;
  return { ns: bench.stats.mean * 1e9, rme: bench.stats.rme };
}
