/**
 * A policy that writes down what its hooks are told, looks whether it fits together, and answers as its knobs say. The book is in
 * the arena, where the test reads it.
 */
import {
  add,
  deadline,
  definePolicy,
  heap,
  heapField,
  I,
  i32,
  layout,
  line,
  load,
  LOCAL,
  GLOBAL,
  NEXT,
  now,
  numberOf,
  OWN,
  pOf,
  priority,
  procs,
  queue,
  queueField,
  record,
  store,
  weight,
  words,
} from "gosched/policy";

export const HOOKS = [
  "place",
  "pick",
  "steal",
  "amount",
  "victim",
  "spin",
  "wake",
  "slice",
  "tick",
  "running",
  "stopping",
  "pending",
] as const;
export type Hook = (typeof HOOKS)[number];
const number = Object.fromEntries(HOOKS.map((name, i) => [name, i])) as Record<Hook, number>;

/** Entries that fit into the log, and words of one: hook, P, goroutine, the one that runs there, an argument or the answer. */
export const ENTRIES = 170;
export const ENTRY = 5;
/** Goroutines with a hint, by their priority, 1 to HINTED - 1: priority, weight, milliseconds to the deadline. */
export const HINTED = 6;

/** All [a], but that words of an entry belong to who has got its number. */
export const book = layout.shared({
  calls: line(words(HOOKS.length)),
  /** Calls whose arguments contradict what is promised. */
  wrong: words(HOOKS.length),
  entries: i32,
  born: i32,
  /** With shut=1 the hook wake says no until this is 1. */
  open: i32,
  /** 1: pending was asked since the last place. */
  asked: i32,
  stacked: i32,
  /** The highest round that spin was asked for. */
  rounds: i32,
  hints: words(3 * HINTED),
  all: line(heapField),
  log: line(words(ENTRIES * ENTRY)),
});
/** Of the holder of the P. */
const perP = layout.perP({
  mine: line(queueField),
  /** Who runs here, who is about to, and who has just stopped. */
  current: i32,
  sliced: i32,
  stopped: i32,
  /** The last k of `victim`, and what was answered, plus 1. */
  k: i32,
  robbed: i32,
  /** The last round of `spin`, plus 1, and rounds of `victim` since then. */
  round: i32,
  robs: i32,
});
/** Of the owner of the goroutine: its number, from 1 on, and 1 while it runs. */
const perG = layout.perG({ number: i32, runs: i32 });

function who(g: number): number {
  if (g === 0) return 0;
  const r = record(g);
  if (I[r + perG.number] === 0) I[r + perG.number] = add(book.born, 1);
  return I[r + perG.number]!;
}

/** The hook was called for p; `right`: as is promised. */
function called(hook: Hook, p: number, right = true): void {
  add(book.calls + number[hook], 1);
  const id = numberOf(p);
  if (!right || id < 0 || id >= procs() || pOf(id) !== p) add(book.wrong + number[hook], 1);
}

function write(hook: Hook, p: number, g: number, what: number): void {
  const at = add(book.entries, 1) - 1;
  if (at >= ENTRIES) return;
  for (const [i, v] of [number[hook], numberOf(p), who(g), who(I[p + perP.current]!), what].entries())
    I[book.log + at * ENTRY + i] = v;
}

function noteHints(g: number): void {
  const n = priority(g);
  if (n < 1 || n >= HINTED) return;
  I[book.hints + 3 * n] = n;
  I[book.hints + 3 * n + 1] = weight(g);
  I[book.hints + 3 * n + 2] = deadline(g) === Infinity ? -1 : Math.round(deadline(g) - now());
}

const QUEUES = { all: "shared", mine: "perP" } as Record<string, "shared" | "perP">;

export default definePolicy({
  name: "recorder",
  description: "Writes down what it is told.",
  knobs: {
    to: {
      default: "go",
      values: ["go", "next", "local", "global", "turns", "all", "mine"],
      about:
        "where goroutines go: as in Go; in turns to the ring and to the global queue; to a queue of all, or of the P",
    },
    lifo: { default: 0, min: 0, max: 1, about: "the queue of all is a stack" },
    late: { default: 0, min: 0, max: 1, about: "pick finds something only after pending was asked" },
    steal: { default: 1, min: 0, max: 1, about: "1: something, 0: nothing" },
    rob: { default: "go", values: ["go", "up", "down", "none"], about: "the order of victims" },
    amount: { default: "go", values: ["go", "one", "all"], about: "how many" },
    rounds: { default: -1, min: -1, max: 100, about: "that an M may look, -1: as in Go" },
    slice: { default: 0, min: 0, max: 1e6, about: "milliseconds" },
    shut: { default: 0, min: 0, max: 1, about: "nobody is woken before the program says so" },
    again: { default: 0, min: 0, max: 1, about: "whether tick gives another slice" },
  },
  queues: ({ to }) => QUEUES[to] ?? "none",
  hooks: ({ to, lifo, late, steal, rob, amount, rounds, slice, shut, again }, go) => ({
    place(p, g, why) {
      called("place", p, why >= 0 && why <= 5);
      write("place", p, g, why);
      noteHints(g);
      store(book.asked, 0);
      if (to === "next") return NEXT;
      if (to === "local") return LOCAL;
      if (to === "global") return GLOBAL;
      if (to === "turns") return who(g) % 2 === 0 ? LOCAL : GLOBAL;
      if (to === "go") return go.place(p, g, why);
      if (to === "all") heap.push(book.all, g, lifo === 1 ? -add(book.stacked, 1) : 0);
      else queue.push(p + perP.mine, g);
      return OWN;
    },
    pick(p) {
      called("pick", p, I[p + perP.current] === 0);
      if (late === 1 && load(book.asked) === 0) return 0;
      const g = to === "all" ? heap.pop(book.all) : to === "mine" ? queue.pop(p + perP.mine) : 0;
      if (g !== 0) write("pick", p, g, 0);
      return g;
    },
    steal(p, victim, last) {
      const told = I[p + perP.robbed]! - 1;
      called("steal", p, typeof last === "boolean" && victim !== p && numberOf(victim) === told);
      const g = steal === 0 ? 0 : to === "mine" ? queue.pop(victim + perP.mine) : go.steal(p, victim, last);
      if (g !== 0) write("steal", p, g, numberOf(victim));
      return g;
    },
    amount(p, victim, n) {
      called("amount", p, victim !== p && n >= 1);
      write("amount", p, 0, n);
      return amount === "one" ? 1 : amount === "all" ? n : go.amount(p, victim, n);
    },
    victim(p, k, n) {
      called("victim", p, n === procs() && k < n && (k === 0 || k === I[p + perP.k]! + 1));
      if (k === 0) I[p + perP.robs] = I[p + perP.robs]! + 1;
      I[p + perP.k] = k;
      const id = rob === "up" ? k : rob === "down" ? n - 1 - k : rob === "none" ? -1 : go.victim(p, k, n);
      I[p + perP.robbed] = id + 1;
      return id;
    },
    spin(p, round) {
      // Who was woken to look is not asked for round 0. Four rounds of robbing come first, then one each.
      const before = I[p + perP.round]! - 1;
      const follows = round === 0 || ((round === before + 1 || round === 1) && I[p + perP.robs] === 3 + round);
      called("spin", p, follows);
      if (round === 0) I[p + perP.robs] = 0;
      I[p + perP.round] = round + 1;
      const on = rounds < 0 ? go.spin(p, round) : round < rounds;
      if (round > load(book.rounds)) store(book.rounds, round);
      if (!on) I[p + perP.robs] = 0;
      return on;
    },
    wake(p) {
      called("wake", p);
      return shut === 0 || load(book.open) === 1;
    },
    slice(p, g) {
      called("slice", p, I[p + perP.current] === 0);
      I[p + perP.sliced] = g;
      return slice;
    },
    tick(p, g) {
      called("tick", p, I[p + perP.stopped] === g);
      write("tick", p, g, again);
      return again === 1;
    },
    running(p, g) {
      const r = record(g);
      called("running", p, I[p + perP.sliced] === g && I[p + perP.current] === 0 && I[r + perG.runs] === 0);
      write("running", p, g, 0);
      I[p + perP.current] = g;
      I[r + perG.runs] = 1;
    },
    stopping(p, g, how) {
      const r = record(g);
      called("stopping", p, how >= 0 && how <= 3 && I[p + perP.current] === g && I[r + perG.runs] === 1);
      I[p + perP.current] = 0;
      I[r + perG.runs] = 0;
      I[p + perP.stopped] = g;
      write("stopping", p, g, how);
    },
    ...(to in QUEUES && {
      pending(p: number): boolean {
        called("pending", p);
        store(book.asked, 1);
        return to === "all" ? heap.size(book.all) > 0 : queue.size(p + perP.mine) > 0;
      },
    }),
  }),
});
