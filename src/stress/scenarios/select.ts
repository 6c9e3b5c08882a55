/** Scenarios about select. */
import { Chan, chan, go, gosched, goroutine, select, WaitGroup } from "gosched";
import { lcg } from "../random.js";
import { KINDS, make, numberOf } from "../values.js";
import { must, type Scenario } from "./common.js";

/** Sends the numbers from `first` on, each through whichever of four channels can take it; now and then without waiting. */
const scatter = goroutine(function* scatter(
  led: Chan<number>,
  id: number,
  [c0, c1, c2, c3]: Chan<unknown>[],
  first: number,
  n: number,
  kind: number,
  wg: WaitGroup,
) {
  const [a, b, c, d] = [c0!, c1!, c2!, c3!];
  for (let i = 0; i < n;) {
    const v = first + i;
    if (i % 5 === 4) {
      const r = yield* select({ a: a.onSend(make(kind, v)), c: c.onSend(make(kind, v)), default: true });
      if (r.case === "default") yield* gosched();
      else i++;
    } else {
      const w = make(kind, v);
      yield* select({ a: a.onSend(w), b: b.onSend(w), c: c.onSend(w), d: d.onSend(w) });
      i++;
    }
  }
  wg.done();
  yield* led.send(id);
});

/** Receives from four channels until all are closed, and passes on what it got. */
const gather = goroutine(function* gather(
  led: Chan<number>,
  id: number,
  [c0, c1, c2, c3]: Chan<unknown>[],
  kind: number,
  out: Chan<number>,
) {
  let [a, b, c, d] = [c0!, c1!, c2!, c3!];
  for (let open = 4; open > 0;) {
    // In two orders, and with a channel that occurs twice.
    const {
      case: name,
      value,
      ok,
    } = id % 2 === 0 ? yield* select({ a, b, c, d }) : yield* select({ d, c, b, a, a2: a, never: Chan.nil<unknown>() });
    if (ok) {
      yield* out.send(numberOf(kind, value));
      continue;
    }
    // A closed channel is always ready: a nil one takes its place.
    open--;
    if (name === "b") b = Chan.nil();
    else if (name === "c") c = Chan.nil();
    else if (name === "d") d = Chan.nil();
    else a = Chan.nil();
  }
  out.close();
  yield* led.send(id);
});

/** Of several peers that find a select ready, one wins: each value arrives exactly once (Go: doubleselect.go, TestSelectStress). */
export const doubleFire: Scenario = {
  kind: "doubleFire",
  pick: (r) => ({ n: r.between(1, 5), a: r.between(1, 1000), b: r.below(KINDS) }),
  count: (p) => p.n * 2 + 1,
  body: goroutine(function* doubleFire(led, base, n, a, b, seed) {
    const size = (k: number): number => Math.max(0, ((seed >>> (k * 3)) % 6) - 3);
    const four = [0, 1, 2, 3].map((k) => chan<unknown>(size(k)));
    const outs = Array.from({ length: n }, () => chan<number>(4));
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < n; i++) {
      go(scatter, led, base + i, four, i * a, a, b, wg);
      go(gather, led, base + n + i, four, b, outs[i]!);
    }
    go(closeAll, led, base + 2 * n, four, wg);
    const seen = new Uint8Array(n * a);
    for (const out of outs)
      for (let v = yield* out.recv(); v !== undefined; v = yield* out.recv()) {
        must(seen[v] === 0, `doubleFire: ${v} arrived twice, or was never sent`);
        seen[v] = 1;
      }
    must(
      seen.every((x) => x === 1),
      `doubleFire: ${seen.indexOf(0)} did not arrive`,
    );
  }),
};

const closeAll = goroutine(function* closeAll(led: Chan<number>, id: number, list: Chan<unknown>[], wg: WaitGroup) {
  yield* wg.wait();
  for (const ch of list) ch.close();
  yield* led.send(id);
});

/** Sends or receives on one channel, whichever comes about, until it is told to stop. */
const both = goroutine(function* both(
  led: Chan<number>,
  id: number,
  ch: Chan<number>,
  stop: Chan<void>,
  out: Chan<number>,
) {
  let balance = 0;
  for (let i = 0; ; i++) {
    const r =
      i % 2 === 0
        ? yield* select({ put: ch.onSend(1), get: ch, stop })
        : yield* select({ stop, get: ch, put: ch.onSend(1) });
    if (r.case === "stop") break;
    balance += r.case === "put" ? 1 : -1;
    // With a buffer it need never wait, and would keep the thread.
    if (i % 8 === 7) yield* gosched();
  }
  yield* out.send(balance);
  yield* led.send(id);
});

/** close against select: all who wait end, and what was sent by then was received. */
export const selectClose: Scenario = {
  kind: "selectClose",
  pick: (r) => ({ n: r.between(2, 16), a: r.between(0, 60), b: r.below(4) }),
  count: (p) => p.n,
  body: goroutine(function* selectClose(led, base, n, a, b, seed) {
    const ch = chan<number>(b);
    const stop = chan<void>();
    const out = chan<number>();
    for (let i = 0; i < n; i++) go(both, led, base + i, ch, stop, out);
    for (let i = 0, x = seed; i < a; i++) {
      x = lcg(x);
      if ((x >>> 16) % 3 === 0) yield* gosched();
      else {
        // Joins in, from outside.
        const r = yield* select({ get: ch, put: ch.onSend(1), default: true });
        if (r.case === "get") must((yield* select({ put: ch.onSend(1), stop })).ok, "selectClose: closed too early");
        else if (r.case === "put") must((yield* select({ get: ch, stop })).ok, "selectClose: closed too early");
      }
    }
    stop.close();
    let balance = 0;
    for (let i = 0; i < n; i++) balance += (yield* out.recv()) as number;
    must(balance === ch.len, `selectClose: ${balance} more sent than received, ${ch.len} in the buffer`);
  }),
};

const asker = goroutine(function* asker(
  led: Chan<number>,
  id: number,
  a: Chan<number>,
  b: Chan<number>,
  out: Chan<string>,
) {
  const r = yield* select({ a, b, default: true });
  yield* out.send(r.case);
  yield* led.send(id);
});

/** Of two channels one is ready at every moment: the default must not be taken (Go: TestNonblockSelectRace). */
export const defaultRace: Scenario = {
  kind: "defaultRace",
  pick: (r) => ({ n: r.size(200), a: r.below(2), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* defaultRace(led, base, n, a, _b, _seed) {
    const out = chan<string>(1);
    for (let i = 0; i < n; i++) {
      const one = chan<number>(1);
      const two = chan<number>(1);
      yield* one.send(1);
      go(asker, led, base + i, one, two, out);
      if (i % 2 === 0) yield* gosched();
      if (a === 0) yield* two.send(1);
      else two.close();
      yield* select({ one, default: true });
      const got = yield* out.recv();
      must(got !== "default", "defaultRace: the default was taken, but a channel was ready");
    }
  }),
};

/** Waits for one of two channels that never come, until both are closed in some order. */
const victim = goroutine(function* victim(
  led: Chan<number>,
  id: number,
  a: Chan<string>,
  b: Chan<string>,
  kind: number,
  out: Chan<string>,
) {
  let end: string;
  try {
    const r =
      kind === 0
        ? yield* select({ a, b })
        : yield* select({ a: a.onSend("a value that nobody takes"), b: b.onSend("nor that") });
    end = r.ok ? "done" : "closed";
  } catch (e) {
    end = (e as Error).message;
  }
  yield* out.send(end);
  yield* led.send(id);
});
const shut = goroutine(function* shut(led: Chan<number>, id: number, ch: Chan<string>, turns: number) {
  for (let i = 0; i < turns; i++) yield* gosched();
  ch.close();
  yield* led.send(id);
});

/** Two closes at the same time find the same selects. */
export const closeTwice: Scenario = {
  kind: "closeTwice",
  pick: (r) => ({ n: r.size(80), a: r.below(2), b: r.below(8) }),
  count: (p) => p.n + 2,
  body: goroutine(function* closeTwice(led, base, n, a, b, _seed) {
    const one = chan<string>();
    const two = chan<string>();
    const out = chan<string>(n);
    for (let i = 0; i < n; i++) go(victim, led, base + i, one, two, a, out);
    go(shut, led, base + n, one, b);
    go(shut, led, base + n + 1, two, b + 1);
    const want = a === 0 ? "closed" : "send on closed channel";
    for (let i = 0; i < n; i++) {
      const got = yield* out.recv();
      must(got === want, `closeTwice: a select ended with ${got}`);
    }
  }),
};
