/**
 * Where operations of hand-written threads stand in the source: for reports. The runtime's own code has its places from the
 * instrumenter (Source.place); a thread of a model is an ordinary generator, so its place is found on the stack, at the moment
 * when it begins the operation. That takes microseconds, so it is done only while the schedule of a failure is written down.
 */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface Place {
  /** As a user would find it: from the working directory. */
  readonly at: string;
  /** The text of the line. */
  readonly text: string;
}
const NOWHERE: Place = { at: "?", text: "" };

/** Methods of Memory, between the thread and here. */
const OURS = /^(?:new )?(?:Places|Memory)\./;

export class Places {
  /** On: operations get places. */
  tracing = false;
  private readonly list: Place[] = [];
  private readonly known = new Map<string, number>();

  /** The place of who called a method of Memory: below 0, for sites of the instrumenter are above; 0: not now. */
  here(): number {
    if (!this.tracing) return 0;
    const frame = outside(new Error().stack ?? "");
    if (frame === undefined) return 0;
    let site = this.known.get(frame);
    if (site === undefined) {
      site = -this.list.push(find(frame));
      this.known.set(frame, site);
    }
    return site;
  }

  of(site: number): Place {
    return this.list[-site - 1] ?? NOWHERE;
  }
}

/** `file:line:column` of the innermost frame that is not ours. Frames of built-in functions have no place. */
function outside(stack: string): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    const frame = /^\s*at (?:(.*) \()?(.+:\d+:\d+)\)?$/.exec(line);
    if (frame !== null && !OURS.test(frame[1] ?? "")) return frame[2]!;
  }
  return undefined;
}

/** In the file that was written, if there is a map beside the one that runs. Who loads TypeScript itself maps the stack already. */
function find(frame: string): Place {
  const [, name, line, column] = /^(.+):(\d+):(\d+)$/.exec(frame)!;
  let file = name!.startsWith("file:") ? fileURLToPath(name!) : name!;
  let n = Number(line);
  if (existsSync(`${file}.map`)) {
    const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")) as never);
    const e = map.findEntry(n - 1, Number(column) - 1) as { originalSource?: string; originalLine?: number };
    if (e.originalSource !== undefined) {
      file = resolve(dirname(file), e.originalSource);
      n = e.originalLine! + 1;
    }
  }
  const text = existsSync(file) ? (readFileSync(file, "utf8").split("\n")[n - 1] ?? "").trim() : "";
  return { at: `${relative(process.cwd(), file)}:${n}`, text };
}
