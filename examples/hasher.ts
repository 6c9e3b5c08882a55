/**
 * Hashes all files of a folder: reading blocks a thread, and is a system call; hashing computes. While one goroutine waits for the
 * disk, the P goes on with others.
 *
 *     npx gosched run examples/hasher.ts -- [FOLDER] [WORKERS]
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join, relative } from "node:path";
import { chan, type Chan, go, goroutine, println, syscall, WaitGroup } from "gosched";

const CHUNK = 64 * 1024;

const hashFile = goroutine(function* hashFile(path: string) {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(CHUNK);
  const fd = yield* syscall(() => openSync(path, "r"));
  try {
    for (let n: number; (n = yield* syscall(() => readSync(fd, chunk))) > 0;) hash.update(chunk.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
});

const worker = goroutine(function* worker(folder: string, files: Chan<string>, lines: Chan<string>, wg: WaitGroup) {
  for (let file: string | undefined; (file = yield* files.recv()) !== undefined;)
    yield* lines.send(`${yield* hashFile(file)}  ${relative(folder, file)}`);
  wg.done();
});

/** Sends the names of all files below a folder. */
const walk = goroutine(function* walk(folder: string, files: Chan<string>) {
  const entries = yield* syscall(() => readdirSync(folder, { withFileTypes: true, recursive: true }));
  for (const e of entries) if (e.isFile()) yield* files.send(join(e.parentPath, e.name));
  files.close();
});

const closeAfter = goroutine(function* closeAfter(wg: WaitGroup, lines: Chan<string>) {
  yield* wg.wait();
  lines.close();
});

export const main = goroutine(function* main() {
  const folder = process.argv[2] ?? "examples";
  const workers = Number(process.argv[3] ?? 4);
  const files = chan<string>();
  const lines = chan<string>();
  const wg = new WaitGroup();
  wg.add(workers);
  go(walk, folder, files);
  for (let i = 0; i < workers; i++) go(worker, folder, files, lines, wg);
  go(closeAfter, wg, lines);
  let count = 0;
  for (let line: string | undefined; (line = yield* lines.recv()) !== undefined; count++) println(line);
  println(count, "files");
});
