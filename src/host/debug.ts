/** `GOSCHED_DEBUG=name=value,...`, the counterpart of Go's GODEBUG. */
import { DEBUG_HANDOFF } from "../arena/layout.js";

export interface Debug {
  /** DEBUG_* flags. */
  debug: number;
  /** Milliseconds between two lines of the scheduler's state, 0: none. */
  schedtrace: number;
  /** Option `holdLimit`. */
  hold: number | undefined;
}

const KNOWN = ["schedtrace", "handoff", "hold"] as const;

/**
 * @throws TypeError for a name that does not exist or a value that is no whole number from 0 on: a misspelt setting would
 * silently show nothing
 */
export function parseDebug(text: string | undefined): Debug {
  const values = new Map<string, number>();
  for (const item of (text ?? "").split(",")) {
    if (item === "") continue;
    const [name = "", value = ""] = item.split("=");
    if (!(KNOWN as readonly string[]).includes(name))
      throw new TypeError(`GOSCHED_DEBUG: unknown setting ${name}; known are ${KNOWN.join(", ")}`);
    if (!/^\d+$/.test(value))
      throw new TypeError(
        `GOSCHED_DEBUG: ${name} needs a whole number, such as ${name}=1, got ${JSON.stringify(value)}`,
      );
    values.set(name, Number(value));
  }
  return {
    debug: (values.get("handoff") ?? 0) > 0 ? DEBUG_HANDOFF : 0,
    schedtrace: values.get("schedtrace") ?? 0,
    hold: values.get("hold"),
  };
}
