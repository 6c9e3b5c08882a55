/** Goroutines that wait for promises: what they get, and that others go on meanwhile. */
import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as later } from "node:timers/promises";
import { type Chan, chan, go, goroutine, gosched, println, runtime, wait, WaitGroup } from "gosched";

// Each thread loads this module before it sleeps for the first time.
if (process.argv[2] === "without waitAsync") delete (Atomics as { waitAsync?: unknown }).waitAsync;

const one = goroutine(function* one(i: number, out: Chan<number>) {
  const v = yield* wait(later(1 + (i % 7), i));
  yield* out.send(v + (yield* wait(Promise.resolve(1))));
});

const fails = goroutine(function* fails(e: unknown) {
  try {
    yield* wait(Promise.reject(e as Error));
    return "no exception";
  } catch (x) {
    return x instanceof Error ? `${x.name}: ${x.message}` : `thrown: ${String(x)}`;
  }
});

/** Computes between yields; done when the other one says so. */
const busy = goroutine(function* busy(stop: Chan<boolean>, done: Chan<number>) {
  let turns = 0;
  while (stop.tryRecv() === undefined) {
    for (let i = 0; i < 10_000; i++) turns += i & 1;
    yield* gosched();
  }
  yield* done.send(turns > 0 ? 1 : 0);
});

const locked = goroutine(function* locked(wg: WaitGroup, out: Chan<boolean>) {
  runtime.lockOSThread();
  const thread = runtime.threadId();
  for (let i = 0; i < 5; i++) yield* wait(later(1));
  const same = runtime.threadId() === thread;
  runtime.unlockOSThread();
  yield* out.send(same);
  wg.done();
});

/** A server of the thread that it was started on: it answers while goroutines there wait. */
const fetches = goroutine(function* fetches() {
  const server = http.createServer((req, res) => void res.end(`you asked for ${req.url}`));
  yield* wait(new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
  const { port } = server.address() as AddressInfo;
  const response = yield* wait(fetch(`http://127.0.0.1:${port}/x`));
  const text = yield* wait(response.text());
  yield* wait(new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  return `${response.status} ${text}`;
});

export const main = goroutine(function* main() {
  println("not a promise:", yield* wait(7), yield* wait(undefined));
  println(yield* fails(new RangeError("far")));
  println(yield* fails("text"));

  const out = chan<number>();
  for (let i = 0; i < 500; i++) go(one, i, out);
  let sum = 0;
  for (let i = 0; i < 500; i++) sum += (yield* out.recv())!;
  println("sum", sum);

  const stop = chan<boolean>(1);
  const done = chan<number>();
  go(busy, stop, done);
  for (let i = 0; i < 20; i++) yield* wait(later(1));
  yield* stop.send(true);
  println("busy", yield* done.recv());

  const wg = new WaitGroup();
  const same = chan<boolean>(3);
  wg.add(3);
  for (let i = 0; i < 3; i++) go(locked, wg, same);
  yield* wg.wait();
  println("locked", yield* same.recv(), yield* same.recv(), yield* same.recv());

  println(
    "lines",
    (yield* wait(fs.readFile(new URL(import.meta.url).pathname.replace(/[?].*/, ""), "utf8"))).length > 0,
  );
  println(yield* fetches());
});
