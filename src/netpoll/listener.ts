/** Listening and dialling. */
import { PD_BYTES, PD_RD } from "../arena/layout.js";
import { Handle, HANDLE_CONN, HANDLE_LISTENER, handleAt, handleClass } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { builtin, finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { accept, acceptFails } from "./accept.js";
import { call, takeResult } from "./call.js";
import type { Conn } from "./conn.js";
import { ErrClosed, OpError } from "./operror.js";
import { localAddr } from "./polldesc.js";
import { closePollDesc, setDeadline } from "./stream.js";
import { submit } from "./submit.js";

/** Waits for connections; made by `listen`. One goroutine at a time may accept; start another one for each connection. */
export class Listener extends Handle {
  /** Where it listens, with the port that the system chose: `127.0.0.1:4711`, or the path of a Unix socket. */
  get address(): string {
    return localAddr(this.addr);
  }

  /**
   * `yield* listener.accept()`: the next connection. An error other than `closed` (no file descriptors, say) ends this call
   * only: accept again.
   *
   * @throws OpError `use of closed network connection`, `i/o timeout`, `accept4: too many open files`
   */
  accept(): Generator<Suspend, Conn, unknown> {
    return finish(this.$accept(mustg("listener.accept")));
  }

  /** Stops listening: who waits in accept gets `use of closed network connection`. Accepted connections go on. @throws OpError if it is closed already */
  close(): void {
    mustg("listener.close");
    if (!closePollDesc(this.addr)) acceptFails(this.addr, "close", ErrClosed);
  }

  /** An accept that has not ended at this time fails with `i/o timeout`: milliseconds of Date.now(), or a Date; 0: no deadline. */
  setDeadline(t: number | Date): void {
    mustg("listener.setDeadline");
    setDeadline(this.addr, [PD_RD], t);
  }

  /** @internal */
  $accept(g: number): unknown {
    return accept(g, this.addr);
  }

  override toString(): string {
    return `listener(${this.address})`;
  }
}
handleClass(HANDLE_LISTENER, Listener, PD_BYTES);

/** `where` of an error that came back from the poller, and its code. */
interface Failed {
  code?: string;
  where?: string;
  message: string;
}

/** Checks an option `timeout`; 0: none. Node's timers do not go further than 2^31 - 1 ms, which is as good as none. */
export function milliseconds(op: string, timeout: unknown = 0): number {
  if (typeof timeout !== "number" || !(timeout >= 0))
    throw new RangeError(`${op}: timeout ${String(timeout)} is no number of milliseconds`);
  return timeout > 2 ** 31 - 1 ? 0 : timeout;
}

/** What comes back from the poller is a handle of `kind`, or an error of the network. */
export const ends = (op: string, kind: number): number =>
  registerFin((g) => {
    const { failed, value } = takeResult(g);
    if (!failed) return handleAt(kind, value as number);
    const { code, where, message } = value as Failed;
    if (code === undefined) throw value;
    throw new OpError(op, where ?? "", code, message);
  });
const finListen = ends("listen", HANDLE_LISTENER);
const finDial = ends("dial", HANDLE_CONN);

export type Network = "tcp" | "unix";

/** Longest path of a Unix socket, in bytes: sun_path but for its end. libuv cuts a longer one off, and takes another socket. */
const UNIX_PATH = process.platform === "linux" ? 107 : 103;

/** `host:port` or a path, checked here, where the mistake is. */
export function parse(op: string, network: unknown, address: unknown): { host: string; port: number; path: string } {
  if (typeof address !== "string") throw new TypeError(`${op}: the address is a string such as "127.0.0.1:8080"`);
  if (network === "unix") {
    if (address === "") throw new OpError(op, "unix", "", "missing address");
    if (Buffer.byteLength(address) > UNIX_PATH) throw new OpError(op, `unix ${address}`, "EINVAL");
    return { host: "", port: 0, path: address };
  }
  if (network !== "tcp") throw new OpError(op, String(network), "", `unknown network ${String(network)}`);
  const wrong = (what: string, text: string): never => {
    throw new OpError(op, "tcp", "", `address ${what}: ${text}`);
  };
  const m = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(address);
  if (m === null) return wrong(address, `${/:[^\]]*$/.test(address) ? "too many colons" : "missing port"} in address`);
  const given = m[3]!;
  if (!/^-?\d*$/.test(given)) wrong(`tcp/${given}`, "unknown port");
  const port = Number(given);
  if (!(port >= 0 && port <= 65535)) wrong(given, "invalid port");
  return { host: (m[1] ?? m[2])! || "127.0.0.1", port, path: "" };
}

/**
 * `yield* listen(network, address)`: starts to listen.
 *
 * @param network `tcp` or `unix`
 * @param address `host:port`; port 0: any free one; without a host the loopback address. Or the path of a Unix socket
 * @throws OpError `listen tcp 127.0.0.1:80: bind: address already in use`
 * @throws OpError for an address that is none: `listen tcp: address localhost: missing port in address`
 */
export const listen = builtin("listen", (g, _fp, _pc, _sent, network, address) => {
  const { host, port, path } = parse("listen", network, address);
  return call(g, "net.listen", [host, port, path], submit, waitReasonIOWait, finListen);
}) as unknown as (network: Network, address: string) => Generator<Suspend, Listener, unknown>;

/**
 * `yield* dial(network, address, options)`: connects.
 *
 * @param network `tcp` or `unix`
 * @param address `host:port`, without a host the loopback address; or the path of a Unix socket
 * @param options.timeout milliseconds, default and 0: the system's
 * @throws OpError `dial tcp 127.0.0.1:1: connect: connection refused`
 */
export const dial = builtin("dial", (g, _fp, _pc, _sent, network, address, options) => {
  const { host, port, path } = parse("dial", network, address);
  const timeout = milliseconds("dial", (options as { timeout?: number } | undefined)?.timeout);
  return call(g, "net.dial", [host, port, path, timeout], submit, waitReasonIOWait, finDial);
}) as unknown as (
  network: Network,
  address: string,
  options?: { timeout?: number },
) => Generator<Suspend, Conn, unknown>;
