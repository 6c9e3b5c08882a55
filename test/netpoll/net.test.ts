/** gosched/net: sockets between goroutines. */
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli } from "../conformance/child.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));
const PAIR = "tcp 127.0.0.1:P->127.0.0.1:P";

describe.each([
  [1, []],
  [1, ["--no-compile"]],
  [2, []],
  [4, []],
  [2, ["--no-compile"]],
])("procs=%i %s", (procs, flags) => {
  it("qa T26: echo, long streams both ways, deadlines, closing, and Go's texts", async () => {
    const socket = path.join(tmpdir(), `gosched-${process.pid}-${procs}-${flags.length}.sock`);
    const ended = await cli(`${programs}net.ts`, [socket], { procs, flags });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout.trimEnd().split("\n")).toEqual([
      "echoed true undefined",
      "3000000 bytes true",
      "unix 500000 bytes true",
      "listen unix PATH: bind: address already in use",
      `read ${PAIR}: i/o timeout`,
      `read ${PAIR}: i/o timeout`,
      "after",
      `read ${PAIR}: use of closed network connection`,
      `write ${PAIR}: use of closed network connection`,
      `close ${PAIR}: use of closed network connection`,
      "accept tcp 127.0.0.1:P: i/o timeout",
      "accept tcp 127.0.0.1:P: use of closed network connection",
      `write ${PAIR}: i/o timeout`,
      "dial works",
      "dial tcp 127.0.0.1:P: connect: connection refused",
      "listen tcp 127.0.0.1:P: bind: address already in use",
    ]);
  });
});
