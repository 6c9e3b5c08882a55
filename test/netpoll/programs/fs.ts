/** Files: whole ones, pieces, positions, folders, errors; argument: an empty folder. */
import { chan, type Chan, go, goroutine, println } from "gosched";
import { appendFile, type File, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "gosched/fs";

const text = (b: Uint8Array | undefined): string => (b === undefined ? "END" : new TextDecoder().decode(b));

const code = goroutine(function* code(path: string) {
  try {
    yield* readFile(path);
    return "no error";
  } catch (e) {
    return `${(e as { code?: string }).code} ${(e as Error).message.replace(path, "PATH")}`;
  }
});

const piece = goroutine(function* piece(file: File, at: number, out: Chan<number>) {
  const b = yield* file.read(1000, at);
  let sum = 0;
  for (const x of b!) sum += x;
  yield* out.send(sum);
});

export const main = goroutine(function* main() {
  const dir = process.argv[2]!;
  yield* mkdir(`${dir}/a/b`);
  yield* writeFile(`${dir}/a/one`, "first");
  yield* appendFile(`${dir}/a/one`, new TextEncoder().encode(" and more"));
  println(yield* readFile(`${dir}/a/one`, "utf8"), (yield* readFile(`${dir}/a/one`)).length);
  println(yield* readdir(`${dir}/a`));
  yield* rename(`${dir}/a/one`, `${dir}/two`);
  const s = yield* stat(`${dir}/two`);
  println(s.size, s.isFile, s.isDirectory, Date.now() - s.mtimeMs < 60_000);
  println(yield* code(`${dir}/none`));

  const data = new Uint8Array(20_000).map((_, i) => i % 256);
  const w = yield* open(`${dir}/big`, "w");
  yield* w.write(data.subarray(0, 5000));
  yield* w.write(data.subarray(5000));
  yield* w.write("XY", 100);
  yield* w.close();
  try {
    yield* w.write("z");
  } catch (e) {
    println((e as Error).message.replace(dir, ""));
  }
  const r = yield* open(`${dir}/big`);
  const out = chan<number>();
  for (let i = 0; i < 20; i++) go(piece, r, i * 1000, out);
  let sum = 0;
  for (let i = 0; i < 20; i++) sum += (yield* out.recv())!;
  let want = 88 + 89 - 100 - 101;
  for (const x of data) want += x;
  println("sum", sum === want);
  let n = 0;
  for (let b: Uint8Array | undefined; (b = yield* r.read(4096)) !== undefined;) n += b.length;
  println(n, text(yield* r.read(10)), text(yield* r.read(2, 100)));
  yield* r.close();
  yield* rm(dir);
  println(yield* code(dir));
});
