/** The local run queue: owner and thieves. */
import { assert, coreModel, type CoreModel, range } from "./common.js";

/** Each goroutine is taken once, or is still there. */
const thieves = (n: number, puts: number, options: { next?: boolean; at?: number } = {}): CoreModel =>
  coreModel(
    `runqput, runqget of ${puts} and ${n === 1 ? "a thief" : `${n} thieves`}${options.next ? ", runnext" : ""}${options.at !== undefined ? `, at the wrap (${options.at})` : ""}`,
    { procs: n + 1 },
    (w) => {
      const c = w.m(0);
      const gs = range(puts).map(() => w.token());
      if (options.at !== undefined) for (let i = 0; i <= n; i++) w.startAt(i, options.at);
      const taken: number[] = [];
      return {
        taken,
        gs,
        owner: function* () {
          for (const g of gs) yield* c["runqput"](w.p(0), g, options.next ?? false);
          for (let g; (g = yield* c["runqget"](w.p(0))) !== 0;) taken.push(g as number);
        },
        thief: (i: number) =>
          function* () {
            const g = yield* w.m(i)["runqsteal"](w.p(i), w.p(0), true);
            if (g !== 0) taken.push(g as number);
          },
      };
    },
    (s) => ({
      owner: s.owner(),
      ...Object.fromEntries(range(n).map((i) => [`thief ${i + 1}`, s.thief(i + 1)()])),
    }),
    (s, w) => {
      const left = [...range(n + 1).flatMap((i) => w.ring(i)), ...w.global()];
      const all = [...s.taken, ...left].sort((a, b) => a - b);
      assert(
        all.join() ===
          s.gs
            .slice()
            .sort((a: number, b: number) => a - b)
            .join(),
        `in: ${s.gs}, out: ${all}`,
      );
    },
  );

export const models = [
  thieves(1, 2),
  thieves(1, 3, { next: true }),
  thieves(1, 6),
  thieves(1, 3, { at: 0x7fff_fffe }),
  thieves(1, 6, { at: 0x7fff_fffe }),
  thieves(1, 3, { at: -2 }),
  thieves(2, 2),
  thieves(2, 2, { next: true }),
];
