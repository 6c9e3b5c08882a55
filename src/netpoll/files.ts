/** The poller's half of files: Node's fs.promises. The poller's thread only. */
import fs from "node:fs/promises";
import { HANDLE_FILE } from "../arena/value.js";
import { newPollDesc } from "./polldesc.js";
import { operations } from "./poller.js";

const files: (fs.FileHandle | undefined)[] = [];
const free: number[] = [];

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
  const id = free.pop() ?? files.push(undefined) - 1;
  files[id] = file;
  return newPollDesc(HANDLE_FILE, id, path, "");
});
operations.set("file.read", async (id: number, max: number, position: number | undefined) => {
  const { bytesRead, buffer } = await files[id]!.read(Buffer.allocUnsafeSlow(max), 0, max, position ?? null);
  return bytesRead === 0 ? undefined : plain(buffer.subarray(0, bytesRead));
});
operations.set("file.write", async (id: number, data: Uint8Array | string, position: number | undefined) => {
  let bytes = typeof data === "string" ? Buffer.from(data) : data;
  for (let at = position; bytes.length > 0;) {
    const { bytesWritten } = await files[id]!.write(bytes, 0, bytes.length, at ?? null);
    bytes = bytes.subarray(bytesWritten);
    if (at !== undefined) at += bytesWritten;
  }
});
operations.set("file.close", async (id: number) => {
  const file = files[id]!;
  files[id] = undefined;
  await file.close();
  free.push(id);
});
