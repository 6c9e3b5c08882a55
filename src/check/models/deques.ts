/** The queues of the policies chase-lev and bwos: an owner and thieves. */
import { assert, coreModel, type CoreModel, range } from "./common.js";

/** Each goroutine is taken once: the owner goes on until it finds nothing, and then nothing is left. */
const robbed = (kind: "deque" | "blocks", n: number, puts: number, steals = 1): CoreModel =>
  coreModel(
    `${kind}Push, ${kind}Pop of ${puts} and ${n === 1 ? "a thief" : `${n} thieves`}${steals === 1 ? "" : `, each ${steals} times`}`,
    { procs: n + 1 },
    (w) => ({ gs: range(puts).map(() => w.token()), taken: [] as number[], refused: [] as number[] }),
    (s, w) => ({
      owner: (function* () {
        const c = w.m(0);
        const take = function* (): Generator<never, boolean, unknown> {
          const g = (yield* c[`${kind}Pop`](w.p(0)) as Generator<never, number, unknown>) as number;
          if (g !== 0) s.taken.push(g);
          return g !== 0;
        };
        for (const [i, g] of s.gs.entries()) {
          // Blocks may be full; a deque grows.
          const done = yield* c[`${kind}Push`](w.p(0), g);
          if (kind === "blocks" && done === false) s.refused.push(g);
          if (i % 2 === 1) yield* take();
        }
        while (yield* take());
      })(),
      ...Object.fromEntries(
        range(n).map((i) => [
          `thief ${i + 1}`,
          (function* () {
            for (let k = 0; k < steals; k++) {
              const g = yield* w.m(i + 1)[`${kind}Steal`](w.p(0));
              if (g !== 0) s.taken.push(g as number);
            }
          })(),
        ]),
      ),
    }),
    (s) => {
      const out = [...s.taken, ...s.refused].sort((a, b) => a - b);
      const all = s.gs.slice().sort((a: number, b: number) => a - b);
      assert(out.join() === all.join(), `in: ${all}, out: ${out}`);
    },
  );

export const models = [
  robbed("deque", 1, 2),
  robbed("deque", 1, 5, 2),
  robbed("deque", 2, 3),
  robbed("blocks", 1, 5),
  robbed("blocks", 1, 8, 2),
  robbed("blocks", 2, 6),
];
