import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { measure } from "../../src/lab/child.js";

const node = (code: string, timeoutMs = 30_000) =>
  measure({ file: process.execPath, args: ["-e", code], label: "PingPong, procs 2, ours", timeoutMs });

describe("children", () => {
  test("the last line of output is the result", async () => {
    expect(await node(`console.log("chatter"); console.log('{"ns":12}')`)).toEqual({ ns: 12 });
  });

  test("one that hangs is killed, and the message names it and the time it had", async () => {
    await expect(node(`console.error("stuck here"); setInterval(() => {}, 1000)`, 1000)).rejects.toThrow(
      /^PingPong, procs 2, ours: no result after 1 s, killed/,
    );
  });

  test("one that fails passes on what it said", async () => {
    await expect(node(`console.error("fatal error: all goroutines are asleep"); process.exit(2)`)).rejects.toThrow(
      /^PingPong, procs 2, ours: ended with exit code 2\n {4}fatal error: all goroutines are asleep$/,
    );
  });

  test("one that is killed says by which signal", async () => {
    await expect(node(`process.kill(process.pid, "SIGTERM")`)).rejects.toThrow("ended with signal SIGTERM");
  });

  test("one that prints no JSON is an error", async () => {
    await expect(node(`console.log("done")`)).rejects.toThrow("PingPong, procs 2, ours: printed no result\n    done");
    await expect(node(``)).rejects.toThrow("printed no result");
  });

  test("one that does not exist is an error", async () => {
    const command = { file: "no-such-program-anywhere", args: [], label: "x", timeoutMs: 1000 };
    await expect(measure(command)).rejects.toThrow("ENOENT");
  });

  test("settings of this process do not reach them", async () => {
    process.env.GOGC = "off";
    try {
      expect(await node(`console.log(JSON.stringify({ gogc: process.env.GOGC ?? null }))`)).toEqual({ gogc: null });
    } finally {
      delete process.env.GOGC;
    }
  });

  test("a signal to the parent kills the children", async () => {
    const directory = mkdtempSync(join(tmpdir(), "gosched-test-"));
    const pidFile = join(directory, "pid");
    const built = fileURLToPath(new URL("../../dist/src/lab/child.js", import.meta.url));
    const child = `require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const script = join(directory, "parent.mjs");
    writeFileSync(
      script,
      `import { measure } from ${JSON.stringify(built)};\n` +
        `await measure(${JSON.stringify({ file: process.execPath, args: ["-e", child], label: "x", timeoutMs: 60_000 })});\n`,
    );
    try {
      const parent = spawn(process.execPath, [script], { stdio: "ignore" });
      const ended = new Promise<number | null>((resolve) => parent.on("exit", resolve));
      const pid = await eventually(() => Number(readFileSync(pidFile, "utf8")) || undefined);
      parent.kill("SIGINT");
      expect(await ended).toBe(130);
      await eventually(() => (isAlive(pid) ? undefined : true));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

async function eventually<T>(probe: () => T | undefined): Promise<T> {
  for (;;) {
    try {
      const value = probe();
      if (value !== undefined) return value;
    } catch {
      // Not there yet; the test's own timeout ends this.
    }
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that has ended, but whose end nobody has collected yet, is not alive either.
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
