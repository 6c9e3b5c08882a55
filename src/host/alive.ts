/** Whether the host's process has anything left to do but to wait for goroutines. */
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";

/**
 * Whether something else than our threads keeps the process alive: a server, a timer, a read of stdin. Each M counts as one
 * message port (Piscina's), our other threads are unref'd; stdout and stderr are listed when they are pipes or terminals, though nothing waits for them.
 */
export function othersAlive(ours: number): boolean {
  const output = [1, 2].filter((fd) => isatty(fd) || isPipe(fd)).length;
  let ports = 0;
  let streams = 0;
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind === "MessagePort") ports++;
    else if (kind === "PipeWrap" || kind === "TTYWrap") streams++;
    else return true;
  }
  return ports > ours || streams > output;
}

function isPipe(fd: number): boolean {
  try {
    const s = fstatSync(fd);
    return s.isFIFO() || s.isSocket();
  } catch {
    return false;
  }
}
