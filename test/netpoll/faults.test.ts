/** What goes wrong outside: peers that reset, no descriptors, a poller that dies, a host that closes while goroutines wait. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { start } from "gosched";
import { node, QUIET, root } from "../conformance/child.js";
import * as faults from "./programs/faults.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));
const PAIR = "tcp 127.0.0.1:P->127.0.0.1:P";

async function listening(server: net.Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

describe.each([
  [1, true],
  [2, true],
  [2, false],
])("procs=%i compile=%s", (procs, compile) => {
  it("a peer that resets in the middle: an error for reads and writes, and the runtime goes on", async () => {
    const server = net.createServer((socket) => {
      socket.once("data", () => socket.write("x".repeat(1000), () => setTimeout(() => socket.resetAndDestroy(), 20)));
    });
    const address = await listening(server);
    const rt = await start({ procs, compile });
    try {
      for (let i = 0; i < 3; i++)
        expect(await rt.go(faults.readsOn, address)).toEqual([
          1000,
          `read ${PAIR}: read: connection reset by peer`,
          `write ${PAIR}: write: connection reset by peer`,
          `read ${PAIR}: read: connection reset by peer`,
        ]);
    } finally {
      await rt.close();
      server.close();
    }
  });

  it.each([
    ["close()", false],
    ["a thread killed inside of a system call", true],
  ])("%s while goroutines wait everywhere: no hang, no thread and no socket left", async (_, kill) => {
    if (kill) vi.spyOn(process.stderr, "write").mockReturnValue(true); // the fatal error
    const wheres = [
      ...["accept", "read", "write", "wait", "host", "http accept", "http get"],
      ...["http request read", "http request write", "http bytes", "http response", "http serve", "http end"],
      "fs",
      ...["sleep", "channel"],
      // Uncompiled, those that share the thread of one that blocks for ever would never come to where they block.
      ...(compile ? ["syscall", "known syscall"] : []),
    ];
    // The first runtime starts what stays with the process.
    await closes(procs, compile, wheres);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = { threads: threads(), sockets: sockets() };
    for (let i = 0; i < (kill ? 1 : 2); i++) {
      for (const address of await closes(procs, compile, wheres, kill))
        await expect(connect(address)).rejects.toThrow("ECONNREFUSED");
    }
    await soon(() => threads() <= before.threads && sockets() <= before.sockets);
    expect(threads()).toBeLessThanOrEqual(before.threads);
    expect(sockets()).toBeLessThanOrEqual(before.sockets);
    vi.restoreAllMocks();
  });
});

/**
 * Runs a runtime in which a goroutine is blocked in each of `wheres`, and closes it, or kills one of its threads inside of a system call
 * before; addresses that were listened on.
 */
async function closes(procs: number, compile: boolean, wheres: string[], kill = false): Promise<string[]> {
  const addresses: string[] = [];
  let all: () => void;
  const blocked = new Promise<void>((resolve) => (all = resolve));
  const rt = await start({
    procs,
    compile,
    expose: {
      never: () => new Promise(() => {}),
      blocked: (_where: string, address: string) => {
        addresses.push(address);
        if (addresses.length === wheres.length) all();
      },
    },
  });
  const pending = wheres.map((where) => rt.go(faults.blocks, where));
  const ends = Promise.allSettled(pending);
  await Promise.race([blocked, ...pending]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const why = kill ? "a thread of the runtime died" : "was closed";
  if (kill) await expect(rt.go(faults.dies)).rejects.toThrow(why);
  await rt.close();
  for (const end of await ends)
    expect(end).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining(why) as string } });
  return addresses;
}

/** Linux only: elsewhere there is nothing to count. */
function threads(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}
function sockets(): number {
  if (process.platform !== "linux") return 0;
  const isSocket = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // the one that lists them
    }
  };
  return readdirSync("/proc/self/fd").filter(isSocket).length;
}

/** Half a minute is much; but the machine may have other things to do, and a new process takes a second by itself. */
async function soon(done: () => boolean): Promise<void> {
  for (let i = 0; i < 1500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function connect(address: string): Promise<net.Socket> {
  const socket = net.connect(Number(address.split(":")[1]), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** What comes back, or why nothing does. */
async function ask(socket: net.Socket, what: string): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (b) => resolve(String(b)));
    socket.once("error", (e) => resolve((e as NodeJS.ErrnoException).code ?? "error"));
    socket.once("close", () => resolve("closed"));
    socket.write(what);
  });
}

it("the network poller dies: the run ends with its name, and nothing hangs", async () => {
  const ended = await node([`${programs}killed.mjs`]);
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toBe(
    "FatalError: a thread of the runtime died: the network poller exited with code 1\nclosed\n",
  );
  expect(ended.stderr).toBe("fatal error: a thread of the runtime died: the network poller exited with code 1\n");
});

it.runIf(process.platform === "linux")(
  "more connections than descriptors: the server lives, and serves when there are some again",
  async () => {
    const CLI = `${root}dist/src/cli/main.js`;
    const limited = `ulimit -n 150; exec "$0" "${CLI}" run "${programs}limited.ts" --procs 2`;
    const child = spawn("sh", ["-c", limited, process.execPath], {
      cwd: root,
      env: { ...process.env, ...QUIET },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (b) => (out += String(b)));
    child.stderr.on("data", (b) => (err += String(b)));
    try {
      await soon(() => out.includes("\n"));
      const address = out.split("\n")[0]!;
      const first = await connect(address);
      expect(await ask(first, "dial")).toBe("dial tcp 127.0.0.1:P: connect: too many open files");
      const crowd = await Promise.allSettled(Array.from({ length: 400 }, () => connect(address)));
      const open = crowd.flatMap((c) => (c.status === "fulfilled" ? [c.value] : []));
      for (const s of open) s.on("error", () => {});
      // Some were accepted and are served, others are dropped; the one that was there is served all along.
      const answers = await Promise.all(
        open.map((s) => Promise.race([ask(s, "hello"), new Promise<string>((r) => setTimeout(r, 3000, "none"))])),
      );
      expect(answers.filter((a) => a === "hello").length).toBeGreaterThan(10);
      expect(answers.filter((a) => a !== "hello").length).toBeGreaterThan(10);
      expect(await ask(first, "still there")).toBe("still there");
      for (const s of open) s.destroy();
      let served = "";
      await soon(
        () => (
          void connect(address).then(
            async (s) => ((served = await ask(s, "again")), s.destroy()),
            () => {},
          ),
          served === "again"
        ),
      );
      expect(served).toBe("again");
      first.destroy();
      expect(err).toBe("");
      expect(child.exitCode).toBe(null);
    } finally {
      child.kill("SIGKILL");
    }
  },
);
