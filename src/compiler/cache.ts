/**
 * The cache of compiled modules: a directory of the user's own cache, never among the sources. One file for each content.
 *
 * The name is a hash over everything that the output depends on: the compiler (version of the package), where the runtime
 * is, the module's URL and its text. So an entry is never wrong, only unused.
 *
 * Several threads, each loading the same modules, and several processes come here at once; a module is to be compiled
 * once. Who creates `<hash>.lock` (exclusively) compiles; the others wait for the result. The result is written beside
 * and renamed, so a reader sees all of it or nothing. If the compiling process dies, its lock goes stale after LOCK_MS and
 * the next one compiles: worst case the work is done twice.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** A compilation takes 0.1-1 s; a lock older than this belongs to a dead process. */
const LOCK_MS = 15_000;
const POLL_MS = 3;

function directory(): string | undefined {
  const root =
    process.env["GOSCHED_CACHE"] ??
    path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "gosched");
  try {
    // Private to the user: what lies here is executed.
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const uid = process.getuid?.();
    return uid === undefined || statSync(root).uid === uid ? root : undefined;
  } catch {
    return undefined;
  }
}
const dir = directory();

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** The output for `parts`, from the cache or made by `make` and kept. */
export function cached(parts: string[], make: () => string): string {
  if (dir === undefined) return make();
  const hash = createHash("sha256");
  for (const s of parts) hash.update(`${s.length}:`).update(s);
  const file = path.join(dir, `${hash.digest("hex").slice(0, 40)}.mjs`);
  const lock = `${file}.lock`;
  for (;;) {
    const hit = read(file);
    if (hit !== undefined) return hit;
    let fd: number;
    try {
      fd = openSync(lock, "wx");
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== "EEXIST") return make();
      if (stale(lock)) rmSync(lock, { force: true });
      else Atomics.wait(sleeper, 0, 0, POLL_MS);
      continue;
    }
    try {
      // Again under the lock: it may have been made since the look.
      const made = read(file) ?? make();
      const tmp = `${file}.${process.pid}.tmp`;
      writeFileSync(tmp, made, { mode: 0o600 });
      renameSync(tmp, file);
      return made;
    } finally {
      closeSync(fd);
      rmSync(lock, { force: true });
    }
  }
}

function stale(lock: string): boolean {
  try {
    return Date.now() - statSync(lock).mtimeMs > LOCK_MS;
  } catch {
    return false;
  }
}
