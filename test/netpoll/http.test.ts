/** gosched/http. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli } from "../conformance/child.js";

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
      "413",
      "respond throws ERR_INVALID_HTTP_TOKEN",
      "500",
      "http: the request has been answered",
      "once",
      "ERR_TOO_LARGE TypeError: http.request: ftp://x: the protocol is http or https",
      "ERR_TIMEOUT",
      "200 slow but answered | 200 slow but answered",
      "served 106",
      "ECONNREFUSED",
    ];
    expect(lines).toEqual(expected.sort());
  });
});
