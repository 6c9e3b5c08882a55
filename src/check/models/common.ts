/** What models of the runtime's own code share. */
import type { Source } from "../load.js";
import type { Body } from "../machine.js";
import { model, type Model, type ModelOptions, type Search } from "../model.js";
import { type Act, World, type WorldOptions } from "../world.js";

/** A model of the real source, which may have been patched. */
export interface CoreModel {
  readonly name: string;
  readonly search: Search;
  /** The same for `--full`: with a higher bound on preemptions, where that comes to its end within a minute. */
  readonly full: Search;
  build(source: Source): Model;
}

/** `full`: preemptions with `--full`. */
type Extra = Pick<ModelOptions<unknown>, "mayBlock" | "races" | "maxSteps" | "timeouts"> & {
  search?: Search;
  full?: number;
};

/**
 * `setup` makes what the threads share, before each execution; `threads` makes their bodies; `check` looks at the end, and is
 * told who is done.
 */
export function coreModel<S>(
  name: string,
  world: WorldOptions,
  setup: (w: World) => S,
  threads: (s: S, w: World) => Record<string, Body>,
  check: (s: S, w: World, done: ReadonlySet<string>) => void,
  extra: Extra = {},
): CoreModel {
  const { search = {}, full, ...options } = extra;
  return {
    name,
    search,
    full: full === undefined ? search : { ...search, preemptions: full },
    build(source) {
      const w = new World(source, world);
      let state: S;
      let bodies: Record<string, Body> = {};
      const prepare = (): void => {
        w.reset();
        state = setup(w);
        bodies = threads(state, w);
      };
      // Once to learn the names of the threads, and as if it had not been.
      const mark = w.memory.machine.mark();
      prepare();
      w.memory.machine.undo(mark);
      const names = Object.keys(bodies);
      return model(name, {
        ...options,
        memory: w.memory,
        setup: prepare,
        threads: Object.fromEntries(names.map((n) => [n, () => bodies[n]!])),
        check: (_m, _s, done) => check(state, w, done),
      });
    },
  };
}

/** Each goroutine on a thread of its own, which runs nothing else: what they do to each other, without the scheduler. */
export function together<S>(
  name: string,
  parts: Record<string, readonly Act[]>,
  setup: (w: World) => S,
  check: (r: Record<string, unknown[]>, s: S, w: World) => void,
  extra: Extra & { world?: Partial<WorldOptions> } = {},
): CoreModel {
  const { world = {}, search = {}, ...rest } = extra;
  const names = Object.keys(parts);
  return coreModel(
    name,
    { procs: names.length, goroutines: parts, ...world },
    (w) => ({ s: setup(w), gs: names.map((n, i) => w.go(i, n)) }),
    ({ gs }, w) => Object.fromEntries(names.map((n, i) => [n, w.runs(i, gs[i]!)])),
    ({ s }, w) => check(w.results, s, w),
    { ...rest, search: { preemptions: 3, ...search } },
  );
}

export function assert(ok: boolean, text: string): void {
  if (!ok) throw new Error(text);
}

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
