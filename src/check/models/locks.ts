/** The runtime's futex mutex and its notes. */
import { assert, coreModel, type CoreModel, range } from "./common.js";

/** Threads add to a plain word under the lock; `family`: of any thread, or of holders of a P. */
const mutex = (threads: number, family: "lock" | "plock"): CoreModel =>
  coreModel(
    `${family} of ${threads} threads`,
    { procs: threads },
    (w) => ({ a: w.token() }),
    ({ a }, w) =>
      Object.fromEntries(
        range(threads).map((i) => [
          `thread ${i}`,
          (function* () {
            const c = w.m(i);
            yield* c[family](a);
            w.memory.set(a + 1, w.memory.get(a + 1) + 1);
            yield* c[family === "lock" ? "unlock" : "punlock"](a);
          })(),
        ]),
      ),
    ({ a }, w) => {
      assert(w.memory.get(a + 1) === threads, `counted ${w.memory.get(a + 1)} of ${threads}`);
      assert(w.memory.get(a) === 0, "the lock is left locked");
    },
  );

/** A sleeper for some rounds, and a waker that waits for its answer. */
const note = (rounds: number, timed: boolean): CoreModel =>
  coreModel(
    `a note, ${rounds} rounds${timed ? ", with a time-out" : ""}`,
    { procs: 2 },
    (w) => ({ n: w.token(), heard: 0 }),
    (s, w) => ({
      sleeper: (function* () {
        const c = w.m(0);
        for (let i = 0; i < rounds; i++) {
          if (timed) while (!(yield* c["notetsleep"](s.n, 1)));
          else yield* c["notesleep"](s.n);
          s.heard += w.memory.get(s.n + 2);
          yield* c["noteclear"](s.n);
          yield* w.memory.store(s.n + 1, i + 1);
        }
      })(),
      waker: (function* () {
        const c = w.m(1);
        for (let i = 0; i < rounds; i++) {
          while ((yield* w.memory.load(s.n + 1)) !== i);
          w.memory.set(s.n + 2, i + 1);
          yield* c["notewakeup"](s.n);
        }
      })(),
    }),
    (s) => assert(s.heard === (rounds * (rounds + 1)) / 2, `heard ${s.heard}`),
  );

export const models = [
  mutex(2, "lock"),
  mutex(3, "lock"),
  mutex(2, "plock"),
  note(1, false),
  note(2, false),
  note(2, true),
];
