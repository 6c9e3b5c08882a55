/**
 * Output of goroutines. A worker's stdout travels through the host's event loop, so lines of a goroutine that moves between
 * two threads could swap places. Here every thread writes straight to the process's descriptors, synchronously: what a
 * goroutine prints appears in its order, also when the host is busy, and nothing is lost at the end.
 */
import { format } from "node:util";
import { writeAll } from "../sched/panic.js";

/** Redirects this worker's console and process.stdout, process.stderr. */
export function syncOutput(): void {
  redirect(process.stdout, 1);
  redirect(process.stderr, 2);
}

function redirect(stream: NodeJS.WriteStream, fd: number): void {
  const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    const text =
      typeof chunk === "string" && typeof encoding === "string"
        ? Buffer.from(chunk, encoding as BufferEncoding)
        : chunk;
    writeAll(fd, text as string | Uint8Array);
    const cb = typeof encoding === "function" ? encoding : done;
    if (typeof cb === "function") (cb as () => void)();
    return true;
  };
  stream.write = write as typeof stream.write;
}

/**
 * Writes its arguments and a newline to stdout, in one piece, formatted as by console.log. Works on the host and in
 * goroutines; the lines of one goroutine appear in its order.
 */
export function println(...values: unknown[]): void {
  writeAll(1, `${format(...values)}\n`);
}
