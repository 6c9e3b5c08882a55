/** The stand-in for Atomics.waitAsync against the engine's own: the same answers to the same questions. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { waitAsync, type WaitAsync } from "../../src/atomics-wait-polyfill.js";

const engine = (Atomics as unknown as { waitAsync: typeof waitAsync }).waitAsync.bind(Atomics);
const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(16), 4);
const outcome = async (r: WaitAsync): Promise<unknown> => [r.async, await r.value];

/** Until the sleeper is there to be counted. */
async function notify(view: Int32Array, n: number): Promise<number> {
  let woken = 0;
  while (woken < n) {
    woken += Atomics.notify(view, 1, n - woken);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return woken;
}

describe.each([
  ["the stand-in", waitAsync],
  ["the engine's", engine],
])("%s", (_name, wait) => {
  it("answers at once if the word is another, or the time is over", async () => {
    expect(await outcome(wait(words(), 1, 5))).toEqual([false, "not-equal"]);
    expect(await outcome(wait(words(), 1, 0, 0))).toEqual([false, "timed-out"]);
  });

  it("times out", async () => {
    expect(await outcome(wait(words(), 1, 0, 20))).toEqual([true, "timed-out"]);
  });

  it("wakes as many as are notified, and no sooner", async () => {
    const view = words();
    let woken = 0;
    const all = Array.from({ length: 3 }, () => {
      const r = wait(view, 1, 0);
      return Promise.resolve(r.value).then((v) => (woken++, v));
    });
    expect(await notify(view, 1)).toBe(1);
    while (woken === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(woken).toBe(1);
    expect(await notify(view, 2)).toBe(2);
    expect(await Promise.all(all)).toEqual(["ok", "ok", "ok"]);
  });

  it("ends if the word changes before its helper sleeps", async () => {
    for (let i = 0; i < 20; i++) {
      const view = words();
      const r = wait(view, 1, 0);
      Atomics.store(view, 1, 1);
      Atomics.notify(view, 1);
      expect(await outcome(r)).toEqual([true, "ok"]);
    }
  });

  it("refuses memory that is not shared", () => {
    expect(() => wait(new Int32Array(4), 1, 0)).toThrow(TypeError);
  });
});

it("a pending wait does not keep the process", () => {
  const built = fileURLToPath(new URL("../../src/atomics-wait-polyfill.ts", import.meta.url));
  const program = `
    import { readFileSync } from "node:fs";
    import { transformSync } from "esbuild";
    const js = transformSync(readFileSync(${JSON.stringify(built)}, "utf8"), { loader: "ts" }).code;
    const { waitAsync } = await import("data:text/javascript," + encodeURIComponent(js));
    const { async } = waitAsync(new Int32Array(new SharedArrayBuffer(8)), 0, 0);
    console.log(async);`;
  const ended = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 20_000,
  });
  expect(ended).toMatchObject({ status: 0, stdout: "true\n", stderr: "" });
});
