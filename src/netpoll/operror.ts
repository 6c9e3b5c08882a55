/** Errors of the network, with Go's texts (net.OpError). */

/** Go's texts of the operating system's error numbers. */
const TEXTS: Record<string, string> = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
  ECONNABORTED: "software caused connection abort",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  EINVAL: "invalid argument",
  EMFILE: "too many open files",
  ENAMETOOLONG: "file name too long",
  ENETUNREACH: "network is unreachable",
  ENFILE: "too many open files in system",
  ENOENT: "no such file or directory",
  ENOTSOCK: "socket operation on non-socket",
  EPIPE: "broken pipe",
  ETIMEDOUT: "connection timed out",
};
/** The system call that Go names before the text. */
const CALLS: Record<string, string> = {
  listen: "bind",
  dial: "connect",
  accept: "accept4",
  read: "read",
  write: "write",
};

/** Not of the operating system. */
export const ErrClosed = "ERR_CLOSED";
export const ErrTimeout = "ERR_TIMEOUT";

/**
 * An operation of the network failed. The text is Go's: `read tcp 127.0.0.1:80->127.0.0.1:4711: read: connection reset by peer`.
 *
 * One that comes from another thread (through a channel, from `rt.go`) has the same properties, but is an Error, no OpError: look at `code`.
 */
export class OpError extends Error {
  override readonly name = "OpError";
  /** What was tried: `listen`, `dial`, `accept`, `read`, `write`, `close`. */
  readonly op: string;
  /** The operating system's name of the error (`ECONNRESET`), `ERR_CLOSED` or `ERR_TIMEOUT`. */
  readonly code: string;
  /** A deadline has passed. */
  readonly timeout: boolean;
  /** This side has closed it before. */
  readonly closed: boolean;
  constructor(op: string, where: string, code: string, detail?: string) {
    super(`${op} ${where}: ${reason(op, code, detail)}`);
    this.op = op;
    this.code = code;
    this.timeout = code === ErrTimeout;
    this.closed = code === ErrClosed;
  }
}

function reason(op: string, code: string, detail: string | undefined): string {
  if (code === ErrClosed) return "use of closed network connection";
  if (code === ErrTimeout) return "i/o timeout";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "no such host";
  const text = TEXTS[code] ?? detail ?? code;
  // Wrong before any call to the system.
  if (code === "") return text;
  const call = CALLS[op];
  return call === undefined ? text : `${call}: ${text}`;
}
