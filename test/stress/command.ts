/** The command `gosched stress`, in a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

export function stress(...args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, "stress", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      // No reports of goroutines that keep their P: on a busy machine any of them may seem to.
      env: { ...process.env, GOSCHED_DEBUG: "hold=0" },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (d: Buffer) => (out += d.toString()));
    child.stderr.on("data", (d: Buffer) => (err += d.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
