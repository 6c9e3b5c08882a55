/** Scenarios with sockets: what arrives, how it ends, and who is woken. Each closes all that it opened. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chan, type Chan, go, goroutine, net } from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

/** Byte k of what connection `id` says. */
function byte(id: number, k: number): number {
  return (id * 31 + k * 7) & 255;
}
function message(id: number, from: number, n: number): Uint8Array {
  const bytes = new Uint8Array(n);
  for (let k = 0; k < n; k++) bytes[k] = byte(id, from + k);
  return bytes;
}
/** Whether these are the bytes from `from` on. */
function right(id: number, from: number, bytes: Uint8Array): boolean {
  for (let k = 0; k < bytes.length; k++) if (bytes[k] !== byte(id, from + k)) return false;
  return true;
}

/** Mostly small, now and then more than what is read ahead. */
function length(x: number): number {
  const most = (x >>> 8) % 8 === 0 ? 100_000 : (x >>> 8) % 2 === 0 ? 2000 : 64;
  return 1 + ((x >>> 12) % most);
}

/** The code of what it throws. */
const code = goroutine(function* code(op: "read" | "write" | "accept", conn: net.Conn, listener?: net.Listener) {
  try {
    if (op === "read") for (; (yield* conn.read()) !== undefined;);
    else if (op === "write") for (;;) yield* conn.write(new Uint8Array(10_000));
    else yield* listener!.accept();
    return "END";
  } catch (e) {
    return e instanceof net.OpError ? e.code : String(e);
  }
});

// ------------------------------------------------------------------------------------------- echo

const echoer = goroutine(function* echoer(led: Chan<number>, id: number, conn: net.Conn, max: number) {
  for (let b: Uint8Array | undefined; (b = yield* conn.read(max)) !== undefined;) yield* conn.write(b);
  // They have closed one direction only.
  yield* conn.write("!");
  conn.close();
  yield* led.send(id);
});

const talker = goroutine(function* talker(
  led: Chan<number>,
  id: number,
  network: net.Network,
  address: string,
  rounds: number,
  seed: number,
) {
  const conn = yield* net.dial(network, address);
  let x = seed;
  let at = 0;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const n = length(x);
    yield* conn.write(message(id, at, n));
    for (const end = at + n; at < end;) {
      const b = yield* conn.read(1 + ((x >>> 4) % 70_000));
      must(b !== undefined && right(id, at, b), `tcpEcho: wrong bytes at ${at}`);
      at += b!.length;
    }
    if ((x >>> 24) % 3 === 0) yield* chores(x, 1);
  }
  conn.closeWrite();
  const last = yield* conn.read();
  must(last?.length === 1 && last[0] === 33, `tcpEcho: the last byte after the half-close was ${String(last)}`);
  must((yield* conn.read()) === undefined, "tcpEcho: more came after the end");
  conn.close();
  yield* led.send(id);
});

/** n connections, a messages of any size each, there and back; then each closes one direction first. TCP, or a Unix socket. */
export const socketEcho: Scenario = {
  kind: "socketEcho",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 12), b: r.below(4) }),
  count: (p) => 2 * p.n,
  body: goroutine(function* socketEcho(led, base, n, a, b, seed) {
    const network = b === 0 ? "unix" : "tcp";
    const where = b === 0 ? join(tmpdir(), `gosched-stress-${process.pid}-${base}-${seed}`) : "127.0.0.1:0";
    const listener = yield* net.listen(network, where);
    for (let i = 0; i < n; i++) go(talker, led, base + i, network, listener.address, a, seed + i);
    for (let i = 0; i < n; i++) go(echoer, led, base + n + i, yield* listener.accept(), 1 + ((seed >>> 3) % 70_000));
    listener.close();
  }),
};

// ------------------------------------------------------------------------------------------- closing

const blocked = goroutine(function* blocked(
  led: Chan<number>,
  id: number,
  op: "read" | "write",
  conn: net.Conn,
  out: Chan<string>,
) {
  yield* out.send(yield* code(op, conn));
  yield* led.send(id);
});

const closer = goroutine(function* closer(led: Chan<number>, id: number, conn: net.Conn, seed: number) {
  yield* chores(seed, (seed >>> 4) % 8);
  conn.close();
  yield* led.send(id);
});

/** n connections: one goroutine reads, one writes until nothing fits any more, and one closes it under both. The peer does nothing. */
export const closeUnder: Scenario = {
  kind: "closeUnder",
  pick: (r) => ({ n: r.size(8), a: 0, b: 0 }),
  count: (p) => 3 * p.n,
  body: goroutine(function* closeUnder(led, base, n, _a, _b, seed) {
    const listener = yield* net.listen("tcp", "127.0.0.1:0");
    for (let i = 0; i < n; i++) {
      const conn = yield* net.dial("tcp", listener.address);
      const peer = yield* listener.accept();
      const out = chan<string>(2);
      go(blocked, led, base + 3 * i, "read", conn, out);
      go(blocked, led, base + 3 * i + 1, "write", conn, out);
      go(closer, led, base + 3 * i + 2, conn, seed + i);
      for (let k = 0; k < 2; k++) {
        const why = yield* out.recv();
        must(why === "ERR_CLOSED", `closeUnder: who waited got ${why}`);
      }
      peer.close();
    }
    listener.close();
  }),
};

const waits = goroutine(function* waits(led: Chan<number>, id: number, conn: net.Conn, rounds: number, seed: number) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const ms = (x >>> 16) % 4;
    conn.setReadDeadline(Date.now() + ms);
    const why = yield* code("read", conn);
    must(why === "ERR_TIMEOUT", `deadlineALot: a read without an end gave ${why}`);
    conn.setReadDeadline(i % 2 === 0 ? 0 : Date.now() + 60_000);
    yield* conn.write(message(id, i, 1));
    const b = yield* conn.read();
    must(b?.length === 1 && right(id, i, b), "deadlineALot: a deadline was kept that is no more");
  }
  conn.close();
  yield* led.send(id);
});

/** n connections whose reads meet a deadlines that pass, with data after each. */
export const deadlineALot: Scenario = {
  kind: "deadlineALot",
  pick: (r) => ({ n: r.size(8), a: r.between(1, 6), b: 0 }),
  count: (p) => 2 * p.n,
  body: goroutine(function* deadlineALot(led, base, n, a, _b, seed) {
    const listener = yield* net.listen("tcp", "127.0.0.1:0");
    for (let i = 0; i < n; i++) {
      go(waits, led, base + i, yield* net.dial("tcp", listener.address), a, seed + i);
      go(mirror, led, base + n + i, yield* listener.accept());
    }
    listener.close();
  }),
};

const mirror = goroutine(function* mirror(led: Chan<number>, id: number, conn: net.Conn) {
  for (let b: Uint8Array | undefined; (b = yield* conn.read()) !== undefined;) yield* conn.write(b);
  conn.close();
  yield* led.send(id);
});

// ------------------------------------------------------------------------------------------- accepting

/** Dials; "served", "dropped" (the listener closed before it was accepted) or "refused". */
const caller = goroutine(function* caller(
  led: Chan<number>,
  id: number,
  address: string,
  seed: number,
  out: Chan<string>,
) {
  yield* chores(seed, (seed >>> 4) % 4);
  let how = "refused";
  try {
    const conn = yield* net.dial("tcp", address);
    how = "dropped";
    try {
      const b = yield* conn.read();
      if (b?.length === 1) how = "served";
    } catch (e) {
      must(e instanceof net.OpError && e.code === "ECONNRESET", `acceptRace: a read gave ${String(e)}`);
    }
    conn.close();
  } catch (e) {
    must(e instanceof net.OpError && /^ECONN/.test(e.code), `acceptRace: dial gave ${String(e)}`);
  }
  yield* out.send(how);
  yield* led.send(id);
});

const acceptor = goroutine(function* acceptor(
  led: Chan<number>,
  id: number,
  listener: net.Listener,
  out: Chan<number>,
) {
  let n = 0;
  for (;;) {
    let conn: net.Conn;
    try {
      conn = yield* listener.accept();
    } catch (e) {
      must(e instanceof net.OpError && e.closed, `acceptRace: accept gave ${String(e)}`);
      break;
    }
    n++;
    yield* conn.write("x");
    conn.close();
  }
  yield* out.send(n);
  yield* led.send(id);
});

/** n goroutines dial while the listener is closed: each is served or hears that it will not be, and as many were served as were accepted. */
export const acceptRace: Scenario = {
  kind: "acceptRace",
  pick: (r) => ({ n: r.size(16), a: r.below(12), b: 0 }),
  count: (p) => p.n + 1,
  body: goroutine(function* acceptRace(led, base, n, a, _b, seed) {
    const listener = yield* net.listen("tcp", "127.0.0.1:0");
    const accepted = chan<number>(1);
    const out = chan<string>(n);
    go(acceptor, led, base + n, listener, accepted);
    for (let i = 0; i < n; i++) go(caller, led, base + i, listener.address, seed + i, out);
    yield* chores(seed, a);
    listener.close();
    let served = 0;
    for (let i = 0; i < n; i++) if ((yield* out.recv()) === "served") served++;
    const there = yield* accepted.recv();
    must(served === there, `acceptRace: ${there} accepted, ${served} served`);
  }),
};
