/**
 * How a counting loop leaves code that V8 should not have kept. Without, one process in three ran such a loop 2 to 8 times slower
 * than the next process, for good.
 *
 * What goes wrong. V8 compiles from what a function has executed, and what has not been executed becomes an exit: who gets
 * there throws the code away. A goroutine in a loop runs for 10 ms and is compiled after one, before it was ever stopped. So its way
 * out and its way back in are such exits; later, a number that was an integer at each stop and is a double now. At the first stop the
 * code for the function is gone then, but that for the running loop alone (OSR) is not, for it has no way in. It knows no types of
 * locals, and checks them in every round. From now on each turn begins in the interpreter, finds that code at the end of its first
 * rounds, and stays in it to the end of the slice; and since V8 counts only what the interpreter does to decide what is hot, it
 * never compiles the function again.
 *
 * V8 cannot be asked for that, but it discards what it finds to be wrong, also the code for a loop. So each loop that counts
 * (compiler/stretch.ts) has an object, in a variable of its module:
 *
 *   1. Where the loop stops, the object is replaced by one that counts one stop more (`stopped`). After AFTER[k] stops, it is one
 *      of another shape.
 *   2. Where the loop has run for some rounds since it was resumed, it reads the object. Code that was compiled while the shape was
 *      the one before finds out here that it is wrong, whichever of the two it is.
 *
 * Then the interpreter runs the loop, V8 finds it hot and compiles both once more, from what it has seen at all stops so far,
 * and the next turn begins in the code for the function. That costs one or two milliseconds each time. What V8 puts into that code of
 * the runtime must be known to it by then, too: warm.ts.
 *
 * What if V8 changes? Then a slice reads one word more.
 *
 * Rejected: to stop each loop some times early, with the trampoline resuming it at once, so that V8 knows the way before it compiles
 * (types that come later got loops stuck as before; both together are no better than this alone); the same for loops that do not
 * count (`forever` and `dowhile` got slower: the code for the function is no better there); numbers that are always read as
 * doubles (an index would be one).
 */

/** Of one loop, in this thread. Emitted code begins with { n: 0 }. */
export interface Stops {
  readonly n: number;
}

/** The first stop shows V8 the ways out and in; by the later ones the loop has met most of its types. After 10, 160, 1280 ms. */
const AFTER = [1, 16, 128] as const;

/** Four, because V8 finds a property among so many shapes without a call. */
const shapes: readonly ((n: number) => Stops)[] = [
  (n) => ({ n }),
  (n) => ({ a: 0, n }),
  (n) => ({ b: 0, n }),
  (n) => ({ c: 0, n }),
];

/** Emitted where a loop stops: what follows `stops`. The thread that runs it. */
export function stopped(stops: Stops): Stops {
  const n = stops.n + 1;
  if (n > AFTER[2]) return stops;
  return shapes[n < AFTER[0] ? 0 : n < AFTER[1] ? 1 : n < AFTER[2] ? 2 : 3]!(n);
}

// It becomes part of the loop's code, too, and must not be what makes that wrong: it has seen all shapes before it is called.
for (let i = 0; i < 20; i++) for (let stops: Stops = { n: 0 }; stops.n < AFTER[2];) stops = stopped(stops);
