/** The poller's half of files: Node's fs.promises. The poller's thread only. */
import fs from "node:fs/promises";
import { HANDLE_FILE } from "../arena/value.js";
import { alreadyClosed } from "./file.js";
import { newPollDesc } from "./polldesc.js";
import { operations } from "./poller.js";

/** By pollDesc, which is never used again: an operation that comes after its file was closed finds no other one. */
const files = new Map<number, fs.FileHandle>();

function fileOf(pd: number, op: string): fs.FileHandle {
  return files.get(pd) ?? alreadyClosed(pd, op);
}

/** A Buffer would cross as a Buffer, by way of the serialiser. */
function plain(b: Buffer): Uint8Array {
  return new Uint8Array(b.buffer, b.byteOffset, b.length);
}

operations.set("fs.readFile", async (path: string, encoding?: "utf8") => {
  if (encoding !== undefined) return fs.readFile(path, encoding);
  return plain(await fs.readFile(path));
});
operations.set("fs.writeFile", (path: string, data: Uint8Array | string) => fs.writeFile(path, data));
operations.set("fs.appendFile", (path: string, data: Uint8Array | string) => fs.appendFile(path, data));
operations.set("fs.readdir", async (path: string) => (await fs.readdir(path)).sort());
operations.set("fs.mkdir", async (path: string) => void (await fs.mkdir(path, { recursive: true })));
operations.set("fs.rm", (path: string) => fs.rm(path, { recursive: true }));
operations.set("fs.rename", (from: string, to: string) => fs.rename(from, to));
operations.set("fs.stat", async (path: string) => {
  const s = await fs.stat(path);
  return { size: s.size, mode: s.mode, mtimeMs: s.mtimeMs, isFile: s.isFile(), isDirectory: s.isDirectory() };
});

operations.set("fs.open", async (path: string, flags: string) => {
  const file = await fs.open(path, flags);
  const pd = newPollDesc(HANDLE_FILE, 0, path, "");
  files.set(pd, file);
  return pd;
});
operations.set("file.read", async (pd: number, max: number, position: number | undefined) => {
  const { bytesRead, buffer } = await fileOf(pd, "read").read(Buffer.allocUnsafeSlow(max), 0, max, position ?? null);
  return bytesRead === 0 ? undefined : plain(buffer.subarray(0, bytesRead));
});
operations.set("file.write", async (pd: number, data: Uint8Array | string, position: number | undefined) => {
  let bytes = typeof data === "string" ? Buffer.from(data) : data;
  for (let at = position; bytes.length > 0;) {
    const { bytesWritten } = await fileOf(pd, "write").write(bytes, 0, bytes.length, at ?? null);
    bytes = bytes.subarray(bytesWritten);
    if (at !== undefined) at += bytesWritten;
  }
});
operations.set("file.close", async (pd: number) => {
  const file = fileOf(pd, "close");
  files.delete(pd);
  await file.close();
});
