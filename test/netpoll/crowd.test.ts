/** Many more connections than there are descriptors. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import net from "node:net";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { QUIET, root } from "../conformance/child.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));
/** Of the server, descriptors and not connections. */
const LIMIT = 2000;
/** Who opens them needs as many descriptors as the machine gives at most. */
const hard = process.platform === "win32" ? 0 : Number(execFileSync("sh", ["-c", "ulimit -Hn"]));
const CROWD = hard > 0 ? Math.min(10_000, hard - 200) : 10_000;
const SECOND = 1000;

interface Numbers {
  served: number;
  refused: number;
  waiting: number;
  wrong: number;
  open: number;
}

function lines(child: ChildProcess): AsyncIterator<string> & { close: () => void } {
  const rl: Interface = createInterface(child.stdout!);
  return Object.assign(rl[Symbol.asyncIterator](), { close: () => rl.close() });
}

async function next(from: AsyncIterator<string>): Promise<string> {
  const { value, done } = await from.next();
  if (done === true) throw new Error("it ended without another line");
  return value as string;
}

const descriptors = (child: ChildProcess): string[] => readdirSync(`/proc/${child.pid}/fd`);
/** Threads that start later have descriptors of their own, but no sockets. */
function sockets(child: ChildProcess): number {
  const isSocket = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/${child.pid}/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // closed meanwhile
    }
  };
  return descriptors(child).filter(isSocket).length;
}

async function until(what: string, ms: number, done: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + ms; !(await done());) {
    if (Date.now() > end) throw new Error(`${what} has not come about within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a new connection is served. */
function echoes(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(Number(address.split(":")[1]), "127.0.0.1", () => socket.write("again"));
    const is = (yes: boolean): void => (socket.destroy(), resolve(yes));
    socket.setTimeout(5 * SECOND, () => is(false));
    socket.once("data", (b) => is(String(b) === "again"));
    socket.once("error", () => is(false));
    socket.once("close", () => resolve(false));
  });
}

it.runIf(process.platform === "linux")(
  `${CROWD} connections against ${LIMIT} descriptors: an error or a place, the server goes on, and nothing is left`,
  async () => {
    const cli = `${root}dist/src/cli/main.js`;
    const limited = `ulimit -n ${LIMIT}; exec "$0" "${cli}" run "${programs}limited.ts" --procs 2`;
    const server = spawn("sh", ["-c", limited, process.execPath], {
      cwd: root,
      env: { ...process.env, ...QUIET },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    server.stderr.on("data", (b) => (err += String(b)));
    const said = lines(server);
    const loads: ChildProcess[] = [];
    try {
      const address = await next(said);
      // Its pipes to us, and the one that listens.
      const idle = sockets(server);
      await until("the first answer", 60 * SECOND, () => echoes(address));
      await until("the end of the first connection", 60 * SECOND, () => sockets(server) === idle);
      const own = descriptors(server).length;
      const after: number[] = [];

      // Twice: what the first crowd took is there for the second one.
      for (let round = 0; round < 2; round++) {
        const load = spawn(process.execPath, [`${programs}crowd.mjs`, address, String(CROWD)], {
          stdio: ["pipe", "pipe", "inherit"],
        });
        loads.push(load);
        const counts = lines(load);
        // It reports when nothing happens for a while, which on a busy machine may be before all is served.
        let full: Numbers;
        do full = JSON.parse(await next(counts)) as Numbers;
        while (full.served <= (LIMIT - own) * 0.8);
        // Nearly all descriptors are in use, each for somebody who was served; the others know or wait.
        expect(full.wrong).toBe(0);
        expect(full.served).toBeLessThan(LIMIT);
        expect(full.served + full.refused + full.waiting).toBe(CROWD);
        expect(descriptors(server).length).toBeLessThanOrEqual(LIMIT);
        load.stdin!.write("close\n");
        let end = full;
        while (end.open > 0 || end.waiting > 0) end = JSON.parse(await next(counts)) as Numbers;
        expect(end.served + end.refused).toBe(CROWD);
        expect(end.wrong).toBe(0);
        if (load.exitCode === null) await once(load, "exit");
        await until("a connection afterwards", 60 * SECOND, () => echoes(address));
        await until("the end of all sockets", 60 * SECOND, () => sockets(server) === idle);
        after.push(descriptors(server).length);
      }
      expect(after[1]).toBeLessThanOrEqual(after[0]!);
      expect(err).toBe("");
      expect(server.exitCode).toBe(null);
    } finally {
      said.close();
      for (const child of [server, ...loads]) child.kill("SIGKILL");
    }
  },
  240 * SECOND,
);
