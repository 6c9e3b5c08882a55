/** Programs whose turns are known, for the recording policy. */
import { atomic, chan, type Chan, go, goroutine, gosched, WaitGroup } from "gosched";
import { load, store } from "gosched/policy";
import { book, type Hook, HOOKS } from "./recorder.js";

const child = goroutine(function* child(wg: WaitGroup) {
  wg.done();
});

/** n goroutines that end at once, and one that waits for them. */
export const children = goroutine(function* children(n: number) {
  const wg = new WaitGroup();
  wg.add(n);
  for (let i = 0; i < n; i++) go(child, wg);
  yield* wg.wait();
});

const partner = goroutine(function* partner(inp: Chan<number>, out: Chan<number>) {
  for (let v; (v = yield* inp.recv()) !== undefined;) {
    yield* gosched();
    yield* out.send(v);
  }
});

/** Goroutines that wake each other and give way. */
export const talk = goroutine(function* talk(pairs: number, rounds: number) {
  const there = Array.from({ length: pairs }, () => chan<number>());
  const back = chan<number>();
  for (const ch of there) go(partner, ch, back);
  for (let i = 0; i < rounds; i++) {
    for (const ch of there) yield* ch.send(i);
    for (let k = 0; k < pairs; k++) yield* back.recv();
  }
  for (const ch of there) ch.close();
});

/** One for each priority below n, with hints, and one without. */
export const hinted = goroutine(function* hinted(n: number) {
  const wg = new WaitGroup();
  wg.add(n);
  go(child, wg);
  for (let i = 1; i < n; i++)
    if (i % 2 === 1) go.with({ priority: i, weight: 100 * i, deadline: 10_000 * i }, child, wg);
    else go.with({ priority: i }, child, wg);
  yield* wg.wait();
});

const arrives = goroutine(function* arrives(count: atomic.Int32) {
  count.add(1);
});

const calls = (hook: Hook): number => load(book.calls + HOOKS.indexOf(hook));

/** Starts n goroutines and computes until all have run elsewhere, or others have looked `looks` times, at most for `ms`. How many have. */
export const handsOver = goroutine(function* handsOver(n: number, ms: number, looks: number) {
  const count = new atomic.Int32();
  for (let i = 0; i < n; i++) go(arrives, count);
  const end = performance.now() + ms;
  while (count.load() < n && calls("victim") < looks && performance.now() < end);
  return count.load();
});

/** With shut=1: how many of n have run while nobody might be woken, and after one more, with which somebody might. */
export const opens = goroutine(function* opens(n: number, vain: number, ms: number) {
  const count = new atomic.Int32();
  for (let i = 0; i < n; i++) go(arrives, count);
  for (const end = performance.now() + vain; performance.now() < end;);
  const before = count.load();
  store(book.open, 1);
  go(arrives, count);
  for (const end = performance.now() + ms; count.load() === 0 && performance.now() < end;);
  return [before, count.load()];
});

/** Computes until it was asked `ticks` times to stop, at most for `ms`, while another one could run. How often it was asked. */
export const hog = goroutine(function* hog(ticks: number, ms: number) {
  const count = new atomic.Int32();
  go(arrives, count);
  const end = performance.now() + ms;
  while (calls("tick") < ticks && performance.now() < end);
  return calls("tick");
});
