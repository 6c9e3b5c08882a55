/** gosched/http. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli } from "../conformance/child.js";

const PAIR = "tcp 127.0.0.1:P->127.0.0.1:P";
const programs = fileURLToPath(new URL("programs/", import.meta.url));

describe.each([
  [1, []],
  [2, []],
  [2, ["--no-compile"]],
])("procs=%i %s", (procs, flags) => {
  it("articles E28: parallel requests, bodies and limits, bad answers, errors of clients, and a shutdown that loses no answer", async () => {
    const ended = await cli(`${programs}http.ts`, [], { procs, flags });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    // With two Ps a handler may print after its client: the lines, in any order.
    const lines = ended.stdout.trimEnd().split("\n").sort();
    const expected = [
      "wrong answers 0",
      `201 application/json a, b {"got":"ü","type":"text/x"}`,
      "413 http: request body too large: more than 10000 bytes; read it in pieces, or allow more",
      "respond throws ERR_INVALID_HTTP_TOKEN",
      "500",
      "http: the request has been answered",
      "once",
      "ERR_TOO_LARGE TypeError: http.request: ftp://x: the protocol is http or https",
      "ERR_TIMEOUT",
      "200 slow but answered | 200 slow but answered",
      "served 107",
      "ECONNREFUSED",
    ];
    expect(lines).toEqual(expected.sort());
  });

  it("bodies in pieces: megabytes both ways, slow readers, limits, early ends, peers that go away", async () => {
    const ended = await cli(`${programs}httpstream.ts`, [], { procs, flags });
    const lines = ended.stdout.trimEnd().split("\n");
    const reset = `read ${PAIR}: read: connection reset by peer`;
    expect(lines).toEqual([
      ...Array<string>(3).fill("echo 200 POST true true"),
      "sum true",
      "whole 3000000 true",
      "kept true",
      "kept though not read true",
      "long and not read true true",
      ...["204 ", "304 ", "201 "],
      "nothing 200 ",
      "throws ECONNRESET",
      "HEAD 200 ",
      "413 http: request body too large: more than 100000 bytes; read it in pieces, or allow more",
      "413 http: request body too large: more than 100000 bytes; read it in pieces, or allow more",
      "http: response body too large: more than 5 bytes; read it in pieces, or allow more",
      "stopped true",
      "slow true",
      "head sent 202",
      "late",
      reset,
      "there: false",
      `write ${PAIR}: write: ...`,
      "there: false",
      "200 some",
      reset,
      reset,
      "10",
      `200 read ${PAIR}: i/o timeout`,
      `read ${PAIR}: use of closed network connection`,
      `write ${PAIR}: use of closed network connection`,
      "http: the exchange has been closed",
      "200 ",
      "http: superfluous writeHead call",
      ...Array<string>(2).fill("http: the request has been answered"),
      "shut down true",
    ]);
    // One handler threw; those whose client went away did not.
    expect(ended.stderr).toMatch(/^http: panic serving 127\.0\.0\.1:\d+: Error: thrown by a handler\n/);
    expect(ended.stderr.match(/panic serving/g)).toHaveLength(1);
    expect(ended.code).toBe(0);
  });
});
