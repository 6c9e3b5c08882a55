/** Wrong input of sockets and files: each line is what was tried and what it said. Arguments: a folder to write in. */
import { goroutine, println } from "gosched";
import * as fs from "gosched/fs";
import * as net from "gosched/net";

const dir = process.argv.at(-1)!;

function tell(what: string, e: unknown): void {
  const text = e instanceof Error ? `${e.name}: ${e.message}` : String(e);
  println(`${what} => ${text.replaceAll(dir, "DIR").replace(/127\.0\.0\.1:\d{4,5}\b/g, "HERE")}`);
}

/** What Go's net.Listen and net.Dial say to these, word for word. */
const ADDRESSES: [network: string, address: string][] = [
  ["tcp", "127.0.0.1"],
  ["tcp", "127.0.0.1:99999"],
  ["tcp", "127.0.0.1:-1"],
  ["tcp", "127.0.0.1:foo"],
  ["tcp", "::1:80"],
  ["tcp", "[::1]80"],
  ["tcp", "nosuch.invalid:80"],
  ["udp9", "x"],
  ["unix", ""],
  ["unix", `${dir}/none/socket`],
  ["unix", `${dir}/${"x".repeat(200)}`],
];

export const main = goroutine(function* main() {
  for (const [network, address] of ADDRESSES) {
    const name = `${network} ${address}`.replace(dir, "DIR").replace(/x{9,}/, "long");
    for (const op of ["listen", "dial"] as const) {
      try {
        const it = yield* op === "listen"
          ? net.listen(network as net.Network, address)
          : net.dial(network as net.Network, address);
        println(`${op} ${name} => ${it}`);
      } catch (e) {
        tell(`${op} ${name}`, String((e as Error).message).replace(/x{9,}/, "long"));
      }
    }
  }

  const listener = yield* net.listen("tcp", "127.0.0.1:0");
  for (const timeout of ["5", -1, NaN]) {
    try {
      yield* net.dial("tcp", listener.address, { timeout: timeout as number });
    } catch (e) {
      tell(`timeout ${timeout}`, e);
    }
  }
  const conn = yield* net.dial("tcp", listener.address, { timeout: Infinity });
  for (const t of [undefined, null, "tomorrow", -1, new Date(NaN)]) {
    try {
      conn.setDeadline(t as number);
    } catch (e) {
      tell(`deadline ${String(t)}`, e);
    }
  }
  yield* conn.write("");
  conn.setDeadline(Date.now() - 1000);
  try {
    yield* conn.write("");
  } catch (e) {
    tell("nothing, too late", e);
  }
  conn.setDeadline(0);
  conn.closeWrite();
  conn.closeWrite();
  try {
    yield* conn.write("");
  } catch (e) {
    tell("nothing after closeWrite", e);
  }
  conn.close();
  listener.close();
  try {
    yield* conn.write(new Uint8Array(0));
  } catch (e) {
    tell("nothing, closed", e);
  }
  for (const [what, f] of [
    ["closeWrite", () => conn.closeWrite()],
    ["setDeadline", () => conn.setDeadline(0)],
    ["listener.setDeadline", () => listener.setDeadline(0)],
  ] as const) {
    try {
      f();
    } catch (e) {
      tell(`${what}, closed`, e);
    }
  }

  const file = yield* fs.open(`${dir}/file`, "w+");
  for (const data of [42, undefined, new ArrayBuffer(3), new Float64Array(2)]) {
    try {
      yield* file.write(data as unknown as string);
    } catch (e) {
      tell("file.write", e);
    }
  }
  for (const position of [-1, NaN, 1.5, "x"]) {
    try {
      yield* file.write("a", position as number);
    } catch (e) {
      tell(`file.write ${position}`, e);
    }
    try {
      yield* file.read(1, position as number);
    } catch (e) {
      tell(`file.read ${position}`, e);
    }
  }
  println(`size ${(yield* fs.stat(`${dir}/file`)).size}`);
  yield* file.close();
});
