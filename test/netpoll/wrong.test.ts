/** What wrong input gets: Go's text where Go has one, else one line that names the thing. None may be lost in silence. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli } from "../conformance/child.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));

/** What both listen and dial say before they call the system: Go 1.19, net.Listen and net.Dial. */
const BOTH = [
  ["tcp 127.0.0.1", "tcp: address 127.0.0.1: missing port in address"],
  ["tcp 127.0.0.1:99999", "tcp: address 99999: invalid port"],
  ["tcp 127.0.0.1:-1", "tcp: address -1: invalid port"],
  ["tcp 127.0.0.1:foo", "tcp: address tcp/foo: unknown port"],
  ["tcp ::1:80", "tcp: address ::1:80: too many colons in address"],
  ["tcp [::1]80", "tcp: address [::1]80: missing port in address"],
  ["tcp nosuch.invalid:80", "tcp: lookup nosuch.invalid: no such host"],
  ["udp9 x", "udp9: unknown network udp9"],
  ["unix ", "unix: missing address"],
] as const;

describe.each([
  [1, ["--no-compile"]],
  [2, []],
])("procs=%i %s", (procs, flags) => {
  it("sockets and files say what is wrong", async () => {
    const dir = mkdtempSync(path.join(tmpdir(), "gosched-"));
    try {
      const ended = await cli(`${programs}wrong.ts`, [dir], { procs, flags });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      const no = (what: string, v: string, of: string): string => `${what} => RangeError: ${v} is no ${of}`;
      expect(ended.stdout.trimEnd().split("\n")).toEqual([
        ...BOTH.flatMap(([a, text]) => ["listen", "dial"].map((op) => `${op} ${a} => ${op} ${text}`)),
        "listen unix DIR/none/socket => listen unix DIR/none/socket: bind: no such file or directory",
        "dial unix DIR/none/socket => dial unix DIR/none/socket: connect: no such file or directory",
        "listen unix DIR/long => listen unix DIR/long: bind: invalid argument",
        "dial unix DIR/long => dial unix DIR/long: connect: invalid argument",
        ...["5", "-1", "NaN"].map((v) => no(`timeout ${v}`, `dial: timeout ${v}`, "number of milliseconds")),
        ...["undefined", "null", "tomorrow", "-1", "Invalid Date"].map((v) =>
          no(`deadline ${v}`, `setDeadline: ${v}`, "time; use milliseconds of Date.now(), 0: none"),
        ),
        "nothing, too late => OpError: write tcp HERE->HERE: i/o timeout",
        "nothing after closeWrite => OpError: write tcp HERE->HERE: write: broken pipe",
        "nothing, closed => OpError: write tcp HERE->HERE: use of closed network connection",
        "closeWrite, closed => OpError: close tcp HERE->HERE: use of closed network connection",
        "setDeadline, closed => OpError: set tcp HERE: use of closed network connection",
        "listener.setDeadline, closed => OpError: set tcp HERE: use of closed network connection",
        ...Array<string>(4).fill("file.write => TypeError: file.write: expected a string or a Uint8Array"),
        ...["-1", "NaN", "1.5", "x"].flatMap((v) =>
          ["write", "read"].map((op) => no(`file.${op} ${v}`, `file.${op}: position ${v}`, "number of bytes from 0")),
        ),
        "size 0",
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("HTTP: what a server announces and does not send, silent clients, servers that answer otherwise than asked", async () => {
    const ended = await cli(`${programs}wronghttp.ts`, [], { procs, flags });
    const lines = ended.stdout.trimEnd().split("\n");
    expect(lines).toEqual([
      "/over: Error: http: wrote more than the declared Content-Length",
      "HTTP/1.1 200 OK|content-length: 3||123HTTP/1.1 200 OK|Content-Length: 6||/after<EOF>",
      "HTTP/1.1 200 OK|content-length: 10||12345<EOF>",
      "HTTP/1.1 200 OK|content-length: 10||12345<EOF>",
      "/respondover: Error: http: wrote more than the declared Content-Length",
      "HTTP/1.1 200 OK|Content-Length: 9||then thisHTTP/1.1 200 OK|Content-Length: 6||/after<EOF>",
      `/nonsense: TypeError: http: invalid Content-Length of "5 or so"`,
      "HTTP/1.1 200 OK|Content-Length: 9||then thisHTTP/1.1 200 OK|Content-Length: 6||/after<EOF>",
      "HTTP/1.1 200 OK|content-length: 10||HTTP/1.1 200 OK|Content-Length: 6||/after<EOF>",
      "short: ECONNRESET",
      "upgrade, request: ERR_UPGRADE http.request: http://HERE/: the server changed to another protocol, which cannot be used here",
      "upgrade, open: ERR_UPGRADE http.open: http://HERE/: the server changed to another protocol, which cannot be used here",
      "more than the response: 200 ok",
      "kept and closed, GET: 200 again",
      "kept and closed, open: 200 again",
      "kept and closed, POST: ECONNRESET",
      "TypeError: http.request: foo is no URL; it begins with http:// or https://",
      "TypeError: http.request: ftp://x/: the protocol is http or https",
      "TypeError: http.request: the body is a string or a Uint8Array",
      "RangeError: http.request: timeout NaN is no number of milliseconds",
      'TypeError: http.request: the options are an object, such as { method: "POST" }',
      "forever is none: 200",
      "shut down, in between: true, half a head: reset, silent: reset",
    ]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
  });
});
