/** Files as goroutines hold them; each operation is a call to the poller (files.ts). */
import { I } from "../arena/arena.js";
import { PD_BYTES, PD_CLOSED, PD_LOCK, PD_STATE } from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { Handle, HANDLE_FILE, handleAt, handleClass } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { builtin, finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { call, takeResult } from "./call.js";
import { localAddr } from "./polldesc.js";
import { submit } from "./submit.js";

/** What `stat` tells. Times in milliseconds since 1970. */
export interface Stat {
  size: number;
  mode: number;
  mtimeMs: number;
  isFile: boolean;
  isDirectory: boolean;
}

type Op<A extends unknown[], R> = (...args: A) => Generator<Suspend, R, unknown>;
const operation = (name: string): unknown =>
  builtin(name, (g, _fp, _pc, _sent, ...args) => call(g, `fs.${name}`, args, submit, waitReasonIOWait));

/**
 * `yield* readFile(path)`: all bytes of a file; with `"utf8"` its text. Copied three times on the way; read large files in
 * pieces, with `open`.
 *
 * @throws Error with Node's text and `code`, `ENOENT` for instance
 * @example
 * yield* fs.writeFile("/tmp/gosched-example.txt", "some text");
 * println(yield* fs.readFile("/tmp/gosched-example.txt", "utf8"));
 * yield* fs.rm("/tmp/gosched-example.txt");
 * // Output:
 * // some text
 */
export const readFile = operation("readFile") as {
  (path: string): Generator<Suspend, Uint8Array, unknown>;
  (path: string, encoding: "utf8"): Generator<Suspend, string, unknown>;
};
/** `yield* writeFile(path, data)`: makes the file, or replaces what is in it. @throws Error with `code` */
export const writeFile = operation("writeFile") as Op<[path: string, data: Uint8Array | string], void>;
/** `yield* appendFile(path, data)`: writes at the end of the file, which is made if need be. @throws Error with `code` */
export const appendFile = operation("appendFile") as Op<[path: string, data: Uint8Array | string], void>;
/** `yield* stat(path)`: size, times and kind. @throws Error with `code` */
export const stat = operation("stat") as Op<[path: string], Stat>;
/** `yield* readdir(path)`: the names in a folder, sorted. @throws Error with `code` */
export const readdir = operation("readdir") as Op<[path: string], string[]>;
/** `yield* mkdir(path)`: makes a folder, and those above it. @throws Error with `code` */
export const mkdir = operation("mkdir") as Op<[path: string], void>;
/** `yield* rm(path)`: removes a file, or a folder with all that is in it. @throws Error with `code` */
export const rm = operation("rm") as Op<[path: string], void>;
/** `yield* rename(from, to)`. @throws Error with `code` */
export const rename = operation("rename") as Op<[from: string, to: string], void>;

const finOpen = registerFin((g) => {
  const { failed, value } = takeResult(g);
  if (failed) throw value;
  return handleAt(HANDLE_FILE, value as number);
});

/**
 * `yield* open(path, flags)`: opens a file to read or write it in pieces. Close it: nothing else does before the runtime ends.
 *
 * @param flags as Node's: `r` (default), `w`, `a`, `r+`, ...
 * @throws Error with Node's text and `code`
 */
export const open = builtin("open", (g, _fp, _pc, _sent, path, flags) =>
  call(g, "fs.open", [path, flags ?? "r"], submit, waitReasonIOWait, finOpen),
) as unknown as Op<[path: string, flags?: string], File>;

/** Go's text (fs.PathError, os.ErrClosed). */
export function alreadyClosed(pd: number, op: string): never {
  throw Object.assign(new Error(`${op} ${localAddr(pd)}: file already closed`), { code: "ERR_CLOSED" });
}

/** Where to read or write. Node takes what is no number for "after the last one", silently. */
function checkPosition(what: string, position: unknown): void {
  if (position !== undefined && !(Number.isSafeInteger(position) && (position as number) >= 0))
    throw new RangeError(`${what}: position ${String(position)} is no number of bytes from 0`);
}

/** An open file; goroutines on any thread may use it, also at the same time if they give positions. */
export class File extends Handle {
  /** The path that it was opened with. */
  get path(): string {
    return localAddr(this.addr);
  }

  /**
   * `yield* file.read(max, position)`: the next bytes, at most `max`; undefined at the end of the file.
   *
   * @param max 1 or more, default 65,536
   * @param position where to read; default: after what was read or written last
   * @throws Error with `code`; `file already closed`
   */
  read(max = 65_536, position?: number): Generator<Suspend, Uint8Array | undefined, unknown> {
    return finish(this.$read(mustg("file.read"), 0, 0, undefined, max, position));
  }

  /** `yield* file.write(data, position)`: writes all of it; at `position`, or after what was read or written last. @throws as `read` */
  write(data: Uint8Array | string, position?: number): Generator<Suspend, void, unknown> {
    return finish(this.$write(mustg("file.write"), 0, 0, undefined, data, position));
  }

  /** `yield* file.close()`. @throws Error `file already closed` */
  close(): Generator<Suspend, void, unknown> {
    return finish(this.$close(mustg("file.close")));
  }

  /** @internal */
  $read(g: number, _fp: number, _pc: number, _sent: unknown, max = 65_536, position?: number): unknown {
    if (!Number.isInteger(max) || max < 1)
      throw new RangeError(`file.read: ${String(max)} is no number of bytes from 1`);
    checkPosition("file.read", position);
    return this.ask(g, "read", false, max, position);
  }
  /** @internal */
  $write(g: number, _fp: number, _pc: number, _sent: unknown, data: Uint8Array | string, position?: number): unknown {
    if (typeof data !== "string" && !(data instanceof Uint8Array))
      throw new TypeError("file.write: expected a string or a Uint8Array");
    checkPosition("file.write", position);
    return this.ask(g, "write", false, data, position);
  }
  /** @internal */
  $close(g: number): unknown {
    return this.ask(g, "close", true);
  }

  private ask(g: number, op: string, closes: boolean, ...args: unknown[]): unknown {
    const pd = this.addr;
    lock(pd + PD_LOCK);
    const closed = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
    if (closes) I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_CLOSED;
    unlock(pd + PD_LOCK);
    if (closed) alreadyClosed(pd, op);
    return call(g, `file.${op}`, [pd, ...args], submit, waitReasonIOWait);
  }
}
handleClass(HANDLE_FILE, File, PD_BYTES);
