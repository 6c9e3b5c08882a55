/** Interprets a program (generate.ts) inside the runtime: one goroutine conducts it and counts the others. */
import { chan, type Chan, go, gomaxprocs, gosched, goroutine, runtime, WaitGroup } from "gosched";
import { generate, type Program } from "./generate.js";
import { Random, seedOf } from "./random.js";
import { must } from "./scenarios/common.js";
import { scenarioOf } from "./scenarios/index.js";
import { sabotaged } from "./scenarios/sabotage.js";

/** What is wrong with the counts; undefined: every goroutine wrote its number once. */
export function verdict(counts: Int32Array, p: Program): string | undefined {
  const wrong: string[] = [];
  for (const s of p.scenes)
    for (let id = s.base; id < s.base + s.count; id++)
      if (counts[id] !== 1) wrong.push(`goroutine ${id} of ${s.kind} ended ${counts[id]} times`);
  if (wrong.length === 0) return undefined;
  return wrong.length > 8 ? `${wrong.slice(0, 8).join(", ")} and ${wrong.length - 8} more` : wrong.join(", ");
}

const scene = goroutine(function* scene(
  led: Chan<number>,
  kind: string,
  base: number,
  n: number,
  a: number,
  b: number,
  seed: number,
  wg: WaitGroup,
) {
  const s = kind === "sabotage" ? sabotaged : scenarioOf(kind);
  yield* s.body(led, base, n, a, b, seed);
  wg.done();
});

/** Starts scene number i of a program. The program travels as text: as an object it would pin who keeps it. */
function begin(text: string, i: number, led: Chan<number>, wg: WaitGroup): void {
  const s = (JSON.parse(text) as Program).scenes[i]!;
  wg.add(1);
  go(scene, led, s.kind, s.base, s.n, s.a, s.b, s.seed, wg);
}

/** Changes GOMAXPROCS all the time, and in the end back to what it was. */
const resizer = goroutine(function* resizer(times: number, seed: number, wg: WaitGroup) {
  const before = runtime.gomaxprocs();
  const r = new Random(seed);
  for (let i = 0; i < times; i++) {
    yield* gomaxprocs(r.pick([1, 2, 3, 4, 8]));
    for (let k = r.below(20); k > 0; k--) yield* gosched();
  }
  yield* gomaxprocs(before);
  wg.done();
});

/** Empties a small ledger into a large one. Its array pins it to a thread. */
const scribe = goroutine(function* scribe(from: Chan<number>, to: Chan<number>) {
  const written: number[] = [];
  for (let id = yield* from.recv(); id !== undefined && id >= 0; id = yield* from.recv()) {
    written.push(id);
    must(to.trySend(id), `goroutine ${id} ended, and more have ended than there are`);
  }
  must(written.length === to.len, "the scribe lost something");
});

/** How often the world must look quiet, one yield apart, before what is missing counts as lost. */
const PATIENCE = 2000;

/** Runs a program, given as text; throws if something is wrong with it. */
export const conduct = goroutine(function* conduct(text: string) {
  const { total, ledger: size, resizes, seed, parallel, scenes } = JSON.parse(text) as Program;
  const n = scenes.length;
  const ledger = chan<number>(total + 1);
  const led = size > total ? ledger : chan<number>(size);
  const wg = new WaitGroup();
  if (led !== ledger) go(scribe, led, ledger);
  if (resizes > 0) {
    wg.add(1);
    go(resizer, resizes, seed, wg);
  }
  for (let i = 0; i < n; i++) {
    begin(text, i, led, wg);
    if (!parallel) yield* wg.wait();
  }
  yield* wg.wait();
  // This goroutine, and the scribe.
  const others = led === ledger ? 1 : 2;
  for (let quiet = 0; quiet < PATIENCE; quiet++) {
    yield* gosched();
    const left = runtime.numGoroutine() - others;
    if (left > 0) quiet = 0;
    // A count that is read while goroutines come and go may be too low for a moment: so it must stay.
    else if (ledger.len >= total && quiet > 3) break;
  }
  if (led !== ledger) yield* led.send(-1);
  while (runtime.numGoroutine() > 1) yield* gosched();
  check(text, ledger);
});

function check(text: string, ledger: Chan<number>): void {
  const p = JSON.parse(text) as Program;
  const counts = new Int32Array(p.total);
  for (let r = ledger.tryRecv(); r !== undefined; r = ledger.tryRecv()) {
    must(r.ok && r.value >= 0 && r.value < p.total, `the ledger has a wrong number ${String(r.value)}`);
    counts[r.value!]!++;
  }
  const wrong = verdict(counts, p);
  if (wrong !== undefined) throw new Error(`stress: ${wrong}`);
}

/** Programs without end, one after the other: for what is to go wrong meanwhile. Its seed is in the environment. */
export const endless = goroutine(function* endless() {
  const seed = Number(process.env["GOSCHED_STRESS"]);
  for (let k = 0; ; k++) yield* conduct(JSON.stringify(generate(seedOf(seed, k))));
});

/** Does nothing: that it has run means that the threads are up. */
export const ready = goroutine(function* ready() {
  return "ready";
});

/** The main goroutine of a program of its own (`run`): what it is to do is in the environment. */
export const main = goroutine(function* main() {
  yield* conduct(process.env["GOSCHED_STRESS"] ?? "");
  return "done";
});

const spinner = goroutine(function* spinner(ch: Chan<number>, id: number) {
  for (;;) {
    if (id % 4 === 0) yield* ch.send(id);
    else if (id % 4 === 1) yield* ch.recv();
    else if (id % 8 === 2) yield* gomaxprocs(1 + (id % 7));
    else go(mayfly, ch);
    yield* gosched();
  }
});
const mayfly = goroutine(function* mayfly(ch: Chan<number>) {
  if (!ch.trySend(1)) yield* gosched();
});

/** A main goroutine that returns while others spawn, send, and change GOMAXPROCS: the end must be clean. */
export const leave = goroutine(function* leave() {
  const ch = chan<number>(2);
  const n = Number(process.env["GOSCHED_STRESS"]);
  for (let i = 0; i < n; i++) go(spinner, ch, i);
  for (let i = 0; i < n; i++) yield* gosched();
  return n;
});
