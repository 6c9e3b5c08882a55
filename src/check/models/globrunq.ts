/** The global queue and the inject stack. */
import { assert, coreModel, type CoreModel } from "./common.js";

const same = (a: number[], b: number[]): boolean => a.slice().sort().join() === b.slice().sort().join();

/** One puts, another takes a batch; each goroutine is somewhere once. */
const batch: CoreModel = coreModel(
  "globrunqput against globrunqget",
  { procs: 2 },
  (w) => ({ gs: [w.token(), w.token(), w.token()], taken: [] as number[] }),
  (s, w) => ({
    putter: (function* () {
      for (const g of s.gs) yield* w.m(0)["globrunqput"](g);
    })(),
    taker: (function* () {
      const g = yield* w.m(1)["globrunqget"](w.p(1), 0);
      if (g !== 0) s.taken.push(g as number);
    })(),
  }),
  (s, w) => assert(same([...s.taken, ...w.ring(1), ...w.global()], s.gs), "a goroutine is lost or there twice"),
);

/** The host injects while two holders of a P look. */
const inject = (hosts: number): CoreModel =>
  coreModel(
    `injectg by ${hosts}, drained by two`,
    { procs: 2 },
    (w) => ({ gs: [w.token(), w.token()], taken: [] as number[] }),
    (s, w) => ({
      ...Object.fromEntries(
        s.gs.slice(0, hosts).map((g, i) => [
          `injector ${i}`,
          (function* () {
            yield* w.host["injectg"](g);
            if (hosts === 1) yield* w.host["injectg"](s.gs[1]!);
          })(),
        ]),
      ),
      ...Object.fromEntries(
        [0, 1].map((i) => [
          `taker ${i}`,
          (function* () {
            const g = yield* w.m(i)["globrunqget"](w.p(i), 1);
            if (g !== 0) s.taken.push(g as number);
          })(),
        ]),
      ),
    }),
    (s, w) => {
      const { words } = w.memory;
      const stack: number[] = [];
      for (let g = words[w.host["S_INJECT"]]!; g !== 0; g = words[g + w.host["G_SCHEDLINK"]]!) stack.push(g);
      assert(same([...s.taken, ...w.ring(0), ...w.ring(1), ...w.global(), ...stack], s.gs), "lost, or there twice");
    },
    { search: { preemptions: 3 } },
  );

export const models = [batch, inject(1), inject(2)];
