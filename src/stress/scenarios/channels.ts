/** Scenarios about channels. */
import { chan, type Chan, go, GoPanic, gosched, goroutine, WaitGroup } from "gosched";
import { lcg } from "../random.js";
import { KINDS, make, numberOf } from "../values.js";
import { chores, must, type Scenario } from "./common.js";

const echo = goroutine(function* echo(led: Chan<number>, id: number, inp: Chan<unknown>, out: Chan<unknown>) {
  for (;;) {
    const r = yield* inp.recvOk();
    if (!r.ok) break;
    yield* out.send(r.value);
  }
  yield* led.send(id);
});

const player = goroutine(function* player(led: Chan<number>, id: number, rounds: number, kind: number, size: number) {
  const there = chan<unknown>(size);
  const back = chan<unknown>(size);
  go(echo, led, id + 1, there, back);
  for (let i = 0; i < rounds; i++) {
    yield* there.send(make(kind, i));
    const n = numberOf(kind, yield* back.recv());
    must(n === i, `pingPong: ${i} came back as ${n}`);
  }
  there.close();
  yield* led.send(id);
});

/** Pairs that hand a value to each other: runnext, hand-off, wake-ups. */
export const pingPong: Scenario = {
  kind: "pingPong",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 200), b: r.below(KINDS * 3) }),
  count: (p) => p.n * 2,
  body: goroutine(function* pingPong(led, base, n, a, b, _seed) {
    for (let i = 0; i < n; i++) go(player, led, base + i * 2, a, b % KINDS, Math.floor(b / KINDS));
  }),
};

const stage = goroutine(function* stage(led: Chan<number>, id: number, inp: Chan<unknown>, out: Chan<unknown>) {
  for (let r = yield* inp.recvOk(); r.ok; r = yield* inp.recvOk()) yield* out.send(r.value);
  out.close();
  yield* led.send(id);
});

const source = goroutine(function* source(led: Chan<number>, id: number, out: Chan<unknown>, n: number, kind: number) {
  for (let i = 0; i < n; i++) yield* out.send(make(kind, i));
  out.close();
  yield* led.send(id);
});

/** A chain of stages; everything arrives, in order, once. */
export const pipeline: Scenario = {
  kind: "pipeline",
  pick: (r) => ({ n: r.size(12), a: r.between(0, 120), b: r.below(KINDS) }),
  count: (p) => p.n + 1,
  body: goroutine(function* pipeline(led, base, n, a, b, seed) {
    let from = chan<unknown>((seed >>> 4) % 4);
    go(source, led, base, from, a, b);
    for (let i = 0; i < n; i++) {
      const to = chan<unknown>((seed >>> (i % 24)) % 3);
      go(stage, led, base + 1 + i, from, to);
      from = to;
    }
    let got = 0;
    for (let r = yield* from.recvOk(); r.ok; r = yield* from.recvOk()) {
      const v = numberOf(b, r.value);
      must(v === got, `pipeline: number ${v} arrived, ${got} was expected`);
      got++;
    }
    must(got === a, `pipeline: ${got} of ${a} values arrived`);
  }),
};

const producer = goroutine(function* producer(
  led: Chan<number>,
  id: number,
  out: Chan<unknown>,
  first: number,
  n: number,
  kind: number,
  wg: WaitGroup,
  seed: number,
) {
  let x = seed;
  for (let i = 0; i < n; i++) {
    x = lcg(x);
    if ((x >>> 16) % 8 === 0) yield* gosched();
    // Now and then without waiting; what does not fit is sent as usual.
    if ((x >>> 20) % 4 !== 0 || !out.trySend(make(kind, first + i))) yield* out.send(make(kind, first + i));
  }
  wg.done();
  yield* led.send(id);
});

const consumer = goroutine(function* consumer(
  led: Chan<number>,
  id: number,
  inp: Chan<unknown>,
  done: Chan<number>,
  kind: number,
  seed: number,
) {
  let x = seed;
  for (;;) {
    x = lcg(x);
    if ((x >>> 16) % 8 === 0) yield* gosched();
    let r = (x >>> 20) % 4 === 0 ? inp.tryRecv() : undefined;
    r ??= yield* inp.recvOk();
    if (!r.ok) break;
    yield* done.send(numberOf(kind, r.value));
  }
  yield* done.send(-1);
  yield* led.send(id);
});

/** p producers, c consumers, one channel that is closed at the end: every value arrives once. */
export const fan: Scenario = {
  kind: "fan",
  pick: (r) => ({ n: r.size(10), a: r.size(10), b: r.between(0, 150) }),
  count: (p) => p.n + p.a + 1,
  body: goroutine(function* fan(led, base, n, a, b, seed) {
    const kind = (seed >>> 3) % KINDS;
    const jobs = chan<unknown>((seed >>> 8) % 3 === 0 ? 0 : (seed >>> 10) % 20);
    const done = chan<number>((seed >>> 16) % 8);
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < n; i++) go(producer, led, base + i, jobs, i * b, b, kind, wg, seed + i);
    for (let i = 0; i < a; i++) go(consumer, led, base + n + i, jobs, done, kind, seed - i);
    go(closer, led, base + n + a, wg, jobs);
    let left = a;
    let count = 0;
    let sum = 0;
    let squares = 0;
    while (left > 0) {
      const v = (yield* done.recv()) as number;
      if (v < 0) left--;
      else {
        count++;
        sum += v;
        squares += v * v;
      }
    }
    // Count, sum and sum of squares: a lost and a doubled value do not cancel out.
    const total = n * b;
    must(count === total, `fan: ${count} of ${total} values arrived`);
    must(sum === (total * (total - 1)) / 2, `fan: the sum is ${sum}`);
    must(squares === ((total - 1) * total * (2 * total - 1)) / 6, `fan: the sum of squares is ${squares}`);
  }),
};

const closer = goroutine(function* closer(led: Chan<number>, id: number, wg: WaitGroup, ch: Chan<unknown>) {
  yield* wg.wait();
  ch.close();
  yield* led.send(id);
});

const ringNode = goroutine(function* ringNode(
  led: Chan<number>,
  id: number,
  inp: Chan<number>,
  out: Chan<number>,
  rounds: number,
) {
  for (let i = 0; i < rounds; i++) yield* out.send(((yield* inp.recv()) as number) + 1);
  yield* led.send(id);
});

/** A ring of n goroutines, in which a tokens go round b times. */
export const cycle: Scenario = {
  kind: "cycle",
  pick: (r) => {
    const n = r.between(1, 30);
    return { n, a: r.between(1, Math.min(n, 8)), b: r.between(1, 30) };
  },
  count: (p) => p.n,
  body: goroutine(function* cycle(led, base, n, a, b, _seed) {
    const first = chan<number>(a);
    let from = first;
    let last = first;
    for (let i = 0; i < n; i++) {
      last = chan<number>(a);
      go(ringNode, led, base + i, from, last, a * b);
      from = last;
    }
    for (let i = 0; i < a; i++) yield* first.send(i);
    let sum = 0;
    for (let i = 0; i < a * b; i++) {
      const v = (yield* last.recv()) as number;
      if (i < a * (b - 1)) yield* first.send(v);
      else sum += v;
    }
    const want = a * b * n + (a * (a - 1)) / 2;
    must(sum === want, `cycle: the tokens add up to ${sum}, not ${want}`);
  }),
};

const parker = goroutine(function* parker(led: Chan<number>, id: number, own: Chan<number>, rounds: number) {
  for (let i = 0; i < rounds; i++) {
    const v = yield* own.recv();
    must(v === id + i, `parkALot: goroutine ${id} was woken with ${v}, not ${id + i}`);
  }
  yield* led.send(id);
});

const waker = goroutine(function* waker(
  led: Chan<number>,
  id: number,
  own: Chan<number>,
  first: number,
  rounds: number,
) {
  for (let i = 0; i < rounds; i++) yield* own.send(first + i);
  yield* led.send(id);
});

/** Goroutines that park and are woken, each on a channel of its own. */
export const parkALot: Scenario = {
  kind: "parkALot",
  pick: (r) => ({ n: r.size(40), a: r.between(1, 40), b: 0 }),
  count: (p) => p.n * 2,
  body: goroutine(function* parkALot(led, base, n, a, _b, _seed) {
    for (let i = 0; i < n; i++) {
      const own = chan<number>();
      go(parker, led, base + i, own, a);
      go(waker, led, base + n + i, own, base + i, a);
    }
  }),
};

const doomedSender = goroutine(function* doomedSender(
  led: Chan<number>,
  id: number,
  ch: Chan<number>,
  done: Chan<number>,
) {
  let sent = 0;
  try {
    yield* ch.send(id);
    sent = 1;
  } catch (e) {
    must(e instanceof GoPanic && e.message === "send on closed channel", `closeRace: the sender got ${String(e)}`);
  }
  yield* done.send(sent);
  yield* led.send(id);
});

const doomedReceiver = goroutine(function* doomedReceiver(
  led: Chan<number>,
  id: number,
  ch: Chan<number>,
  done: Chan<number>,
) {
  const r = yield* ch.recvOk();
  yield* done.send(r.ok ? -1 : 0);
  yield* led.send(id);
});

/** A channel is closed while n goroutines send on it and a receive from it: what was sent is received or still in it. */
export const closeRace: Scenario = {
  kind: "closeRace",
  pick: (r) => ({ n: r.size(30), a: r.size(30), b: r.below(6) }),
  count: (p) => p.n + p.a,
  body: goroutine(function* closeRace(led, base, n, a, b, seed) {
    const ch = chan<number>(b);
    const done = chan<number>(n + a);
    for (let i = 0; i < Math.max(n, a); i++) {
      if (i < n) go(doomedSender, led, base + i, ch, done);
      if (i < a) go(doomedReceiver, led, base + n + i, ch, done);
    }
    if (seed % 3 !== 0) yield* chores(seed, (seed >>> 4) % 6);
    ch.close();
    let balance = 0;
    for (let i = 0; i < n + a; i++) balance += (yield* done.recv()) as number;
    for (let r = yield* ch.recvOk(); r.ok; r = yield* ch.recvOk()) balance--;
    must(balance === 0, `closeRace: ${balance} more values were sent than received`);
  }),
};

const poller = goroutine(function* poller(
  led: Chan<number>,
  id: number,
  ch: Chan<number>,
  n: number,
  out: Chan<number>,
) {
  let sum = 0;
  for (let got = 0; got < n;) {
    const r = ch.tryRecv();
    if (r === undefined) yield* gosched();
    else {
      must(r.ok, "tryStorm: the channel is closed");
      sum += r.value as number;
      got++;
    }
  }
  yield* out.send(sum);
  yield* led.send(id);
});

const pusher = goroutine(function* pusher(led: Chan<number>, id: number, ch: Chan<number>, n: number) {
  for (let i = 0; i < n;)
    if (ch.trySend(i)) i++;
    else yield* gosched();
  yield* led.send(id);
});

/** Nobody waits: all poll with trySend and tryRecv. */
export const tryStorm: Scenario = {
  kind: "tryStorm",
  pick: (r) => ({ n: r.size(6), a: r.between(0, 60), b: r.between(1, 4) }),
  count: (p) => p.n * 2,
  body: goroutine(function* tryStorm(led, base, n, a, b, _seed) {
    const ch = chan<number>(b);
    const out = chan<number>(n);
    for (let i = 0; i < n; i++) {
      go(poller, led, base + i, ch, a, out);
      go(pusher, led, base + n + i, ch, a);
    }
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (yield* out.recv()) as number;
    must(sum === (n * a * (a - 1)) / 2, `tryStorm: the sum is ${sum}`);
  }),
};

interface Order {
  reply: Chan<number>;
  also: Map<string, Chan<number>>;
  n: number;
}

const server = goroutine(function* server(led: Chan<number>, id: number, orders: Chan<Order>) {
  for (;;) {
    const o = yield* orders.recv();
    if (o === undefined) break;
    must(o.also.get("same") === o.reply, "transfer: the same channel twice in one value is not the same channel");
    yield* o.reply.send(o.n * 2);
  }
  yield* led.send(id);
});

const client = goroutine(function* client(
  led: Chan<number>,
  id: number,
  orders: Chan<Order>,
  n: number,
  wg: WaitGroup,
) {
  const reply = chan<number>(id % 2);
  for (let i = 0; i < n; i++) {
    yield* orders.send({ reply, also: new Map([["same", reply]]), n: id + i });
    const v = yield* reply.recv();
    must(v === (id + i) * 2, `transfer: the answer to ${id + i} is ${v}`);
  }
  wg.done();
  yield* led.send(id);
});

/** Channels sent through channels, inside of objects. */
export const transfer: Scenario = {
  kind: "transfer",
  pick: (r) => ({ n: r.size(12), a: r.size(4), b: r.between(1, 20) }),
  count: (p) => p.n + p.a + 1,
  body: goroutine(function* transfer(led, base, n, a, b, seed) {
    const orders = chan<Order>((seed >>> 2) % 3);
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < a; i++) go(server, led, base + i, orders);
    for (let i = 0; i < n; i++) go(client, led, base + a + i, orders, b, wg);
    go(closer, led, base + a + n, wg, orders);
  }),
};

const sieveFilter = goroutine(function* sieveFilter(
  led: Chan<number>,
  id: number,
  inp: Chan<number>,
  results: Chan<number>,
) {
  const prime = yield* inp.recv();
  if (prime === undefined) results.close();
  else {
    yield* results.send(prime);
    const out = chan<number>(prime % 3);
    go(sieveFilter, led, id + 1, out, results);
    for (let v = yield* inp.recv(); v !== undefined; v = yield* inp.recv()) if (v % prime !== 0) yield* out.send(v);
    out.close();
  }
  yield* led.send(id);
});

const primesBelow = (n: number): number[] => {
  const r: number[] = [];
  for (let k = 2; k < n; k++) if (r.every((p) => k % p !== 0)) r.push(k);
  return r;
};

/** The prime sieve: a pipeline that grows. */
export const sieve: Scenario = {
  kind: "sieve",
  pick: (r) => ({ n: r.between(2, 120), a: 0, b: 0 }),
  count: (p) => primesBelow(p.n).length + 1,
  body: goroutine(function* sieve(led, base, n, _a, _b, _seed) {
    const numbers = chan<number>();
    const results = chan<number>();
    go(sieveFilter, led, base, numbers, results);
    for (let i = 2; i < n;) {
      // The results come while numbers are still sent: take what is there, or nobody moves.
      const r = results.tryRecv();
      if (r !== undefined) must(r.ok && isPrime(r.value), `sieve: ${String(r.value)} is no prime`);
      else if (numbers.trySend(i)) i++;
      else yield* gosched();
    }
    numbers.close();
    for (let v = yield* results.recv(); v !== undefined; v = yield* results.recv())
      must(isPrime(v), `sieve: ${v} is no prime`);
  }),
};

function isPrime(n: number): boolean {
  for (let k = 2; k * k <= n; k++) if (n % k === 0) return false;
  return n >= 2;
}
