/** Connections as goroutines hold them. */
import { PD_BYTES, PD_RD, PD_WD } from "../arena/layout.js";
import { Handle, HANDLE_CONN, handleClass } from "../arena/value.js";
import { mustg, type Suspend } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { ErrClosed } from "./operror.js";
import { AHEAD, localAddr, remoteAddr } from "./polldesc.js";
import {
  checkMax,
  chunkOf,
  closePollDesc,
  closeWrite,
  dropReads,
  fails,
  read,
  setDeadline,
  write,
  writeNothing,
} from "./stream.js";

/**
 * A connection, of `dial` or `Listener.accept`: TCP or a Unix socket. Goroutines on any thread may use it; one at a time may
 * read, and one write. Close it when you are done: nothing else does before the runtime ends.
 *
 * @example
 * const listener = yield* net.listen("tcp", "127.0.0.1:0");
 * go(function* () {
 *   const conn = yield* listener.accept();
 *   for (let data; (data = yield* conn.read()) !== undefined; ) yield* conn.write(data);
 *   conn.close();
 * });
 * const conn = yield* net.dial("tcp", listener.address);
 * yield* conn.write("hello");
 * println(new TextDecoder().decode(yield* conn.read()));
 * conn.close();
 * listener.close();
 * // Output:
 * // hello
 */
export class Conn extends Handle {
  /** Address of this end, as `127.0.0.1:4711`; of a Unix socket the path, or "". */
  get localAddr(): string {
    return localAddr(this.addr);
  }
  /** Address of the other end. */
  get remoteAddr(): string {
    return remoteAddr(this.addr);
  }

  /**
   * `yield* conn.read(max)`: what has arrived, at least one byte and at most `max`, waiting for it; undefined when the other
   * end has closed and everything has been read.
   *
   * @param max 1 or more bytes, default 65,536
   * @throws OpError `i/o timeout`, `use of closed network connection`, `connection reset by peer`
   */
  read(max = AHEAD): Generator<Suspend, Uint8Array<ArrayBuffer> | undefined, unknown> {
    return finish(this.$read(mustg("conn.read"), 0, 0, undefined, max));
  }

  /**
   * `yield* conn.write(data)`: sends all of it, strings as UTF-8. Returns when the data is on its way to the kernel; waits while
   * more than 64 KiB are, so a peer that does not read stops the writer. An error may show at the next write.
   *
   * @throws OpError as `read`, and `broken pipe`
   */
  write(data: Uint8Array | string): Generator<Suspend, void, unknown> {
    return finish(this.$write(mustg("conn.write"), 0, 0, undefined, data));
  }

  /**
   * Closes it; what has been written is still sent. Goroutines that wait for it get `use of closed network connection`.
   * @throws OpError if it is closed already
   */
  close(): void {
    mustg("conn.close");
    const pd = this.addr;
    if (!closePollDesc(pd)) fails(pd, "close", ErrClosed);
    dropReads(pd);
  }

  /**
   * Tells the other end that no more will be sent: it reads the end after what was written. Reading goes on.
   * @throws OpError `use of closed network connection`
   */
  closeWrite(): void {
    mustg("conn.closeWrite");
    if (!closeWrite(this.addr)) fails(this.addr, "close", ErrClosed);
  }

  /**
   * Reads and writes that have not ended at this time fail with `i/o timeout`.
   *
   * @param t milliseconds of Date.now(), or a Date; 0: no deadline
   * @throws OpError `use of closed network connection`
   */
  setDeadline(t: number | Date): void {
    mustg("conn.setDeadline");
    setDeadline(this.addr, [PD_RD, PD_WD], t);
  }
  /** The same for reads. */
  setReadDeadline(t: number | Date): void {
    mustg("conn.setReadDeadline");
    setDeadline(this.addr, [PD_RD], t);
  }
  /** The same for writes. */
  setWriteDeadline(t: number | Date): void {
    mustg("conn.setWriteDeadline");
    setDeadline(this.addr, [PD_WD], t);
  }

  /** @internal */
  $read(g: number, _fp: number, _pc: number, _sent: unknown, max: number = AHEAD): unknown {
    checkMax("conn.read", max);
    return read(g, this.addr, max);
  }
  /** @internal */
  $write(g: number, _fp: number, _pc: number, _sent: unknown, data: Uint8Array | string): unknown {
    const c = chunkOf("conn.write", data);
    return c === 0 ? writeNothing(this.addr) : write(g, this.addr, c);
  }

  override toString(): string {
    return `conn(${this.localAddr}->${this.remoteAddr})`;
  }
}
handleClass(HANDLE_CONN, Conn, PD_BYTES);
