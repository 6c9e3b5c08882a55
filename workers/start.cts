/**
 * What Piscina loads first in the thread of an M, and the only CommonJS here. Piscina would `require` an ES module, and Node
 * 20 aborts the whole process (`v8::Module::IsGraphAsync`) if a thread is terminated meanwhile: a runtime that is
 * closed while threads start.
 *
 * It keeps what the bundle has to know when it is loaded: the arena (views.ts), and whether there is a policy (hooked.ts).
 */
import type { Arena } from "../src/arena/arena.js" with { "resolution-mode": "import" };
import type { MTask } from "../src/host/control.js" with { "resolution-mode": "import" };

const start = Object.assign(
  (task: MTask): Promise<void> => {
    start.arena = task.arena;
    start.hooked = task.policy !== undefined;
    return import("./m.js").then((m) => m.default(task));
  },
  { arena: undefined as Arena | undefined, hooked: false },
);
export = start;
