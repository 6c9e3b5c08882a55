/** The host's side of host calls: the functions that goroutines may call, and the answers. */
import { takeCall, finishCall } from "../netpoll/call.js";
import { netpollready } from "../netpoll/block.js";
import { describe } from "./goroutine.js";

type Fn = (...args: unknown[]) => unknown;

export class Exposed {
  private readonly functions = new Map<string, Fn>();

  add(functions: object): void {
    if (typeof functions !== "object" || functions === null)
      throw new TypeError(`expose: ${describe(functions)} is not an object of functions, such as { name: () => 1 }`);
    const list = Object.entries(functions);
    for (const [name, f] of list)
      if (typeof f !== "function") throw new TypeError(`expose: ${name} is not a function but ${describe(f)}`);
    for (const [name, f] of list) this.functions.set(name, f as Fn);
  }

  /** Calls what is asked for and readies the goroutine. `inArena` runs its argument in the runtime's arena, if it still is there. */
  async answer(call: number, inArena: (f: () => void) => void): Promise<void> {
    let name = "";
    let args: unknown[] | undefined;
    inArena(() => ({ name, args } = takeCall(call)));
    if (args === undefined) return;
    let failed = false;
    let result: unknown;
    try {
      result = await this.find(name)(...args);
    } catch (e) {
      failed = true;
      result = e;
    }
    inArena(() => {
      const g = finishCall(call, failed, result);
      if (g !== 0) netpollready([g]);
    });
  }

  private find(name: string): Fn {
    const f = this.functions.get(name);
    if (f !== undefined) return f;
    const known = this.functions.size === 0 ? "nothing is" : `exposed: ${[...this.functions.keys()].join(", ")}`;
    throw new ReferenceError(`host.${name}: not exposed by the host (${known}); use rt.expose({ ${name} })`);
  }
}
