import {
  add,
  count,
  definePolicy,
  F,
  f64,
  I,
  i32,
  layout,
  line,
  now,
  OWN,
  queue,
  racy,
  record,
  words,
} from "../kit.js";

const MAX_LEVELS = 8;
const QUEUE_WORDS = 32;

/** A queue for each level, a line each; when the last boost was, and its number. */
const {
  levels: base,
  boosted,
  boosts,
} = layout.shared({
  levels: line(words(MAX_LEVELS * QUEUE_WORDS)),
  boosted: line(f64),
  boosts: i32,
});
/** Its level, what it has used up of its time there (ms), when its turn began, and the last boost that it took part in. [G] */
const { level, used, began, boost: seen } = layout.perG({ level: i32, used: f64, began: f64, boost: i32 });

const queueOf = (n: number): number => base + n * QUEUE_WORDS;

/** After a boost the goroutine is on the top level again. The owner of g. */
function refresh(r: number): void {
  const latest = racy(boosts); // a hint: a boost that comes just now is seen the next time
  if (I[r + seen] === latest) return;
  I[r + seen] = latest;
  I[r + level] = 0;
  F[(r + used) >> 1] = 0;
}

export default definePolicy({
  name: "mlfq",
  description:
    "A multi-level feedback queue: a goroutine begins on top; who uses up the time of its level, in one turn or in many, sinks to the next, where turns are twice as long; from time to time all come back to the top. Short work overtakes long work without anybody saying which is which.",
  knobs: {
    levels: { default: 4, min: 2, max: MAX_LEVELS, about: "how many levels" },
    quantum: { default: 1, min: 0.2, max: 1000, about: "milliseconds of a turn, and of all turns, on the top level" },
    boost: { default: 100, min: 1, max: 60_000, about: "milliseconds after which all are on the top level again" },
  },
  counters: ["sunk", "boosts"],
  queues: "shared",
  lengths: ({ levels }) => ({ shared: Array.from({ length: levels }, (_, n) => queue.lengthOf(queueOf(n))) }),
  hooks: ({ levels, quantum, boost }) => ({
    place(_p, g) {
      const r = record(g);
      refresh(r);
      queue.push(queueOf(I[r + level]!), g);
      return OWN;
    },
    pick(p) {
      const t = now();
      // Racing stores: of two that boost at once the second finds less to move.
      if (t - F[boosted >> 1]! >= boost) {
        F[boosted >> 1] = t;
        add(boosts, 1);
        count(p, 1);
        for (let n = 1; n < levels; n++)
          for (let g = queue.pop(queueOf(n)); g !== 0; g = queue.pop(queueOf(n))) queue.push(queueOf(0), g);
      }
      for (let n = 0; n < levels; n++) {
        const g = queue.pop(queueOf(n));
        if (g !== 0) return g;
      }
      return 0;
    },
    steal: () => 0,
    slice(_p, g) {
      const r = record(g);
      refresh(r);
      return quantum * 2 ** I[r + level]!;
    },
    running(_p, g) {
      F[(record(g) + began) >> 1] = now();
    },
    stopping(p, g) {
      const r = record(g);
      const ms = F[(r + used) >> 1]! + now() - F[(r + began) >> 1]!;
      const down = ms >= quantum * 2 ** I[r + level]! && I[r + level]! < levels - 1;
      F[(r + used) >> 1] = down ? 0 : ms;
      if (!down) return;
      I[r + level] = I[r + level]! + 1;
      count(p, 0);
    },
    pending() {
      for (let n = 0; n < levels; n++) if (queue.size(queueOf(n)) > 0) return true;
      return false;
    },
  }),
});
