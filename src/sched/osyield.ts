/** Waiting for another thread to finish a few instructions (Go: osyield, procyield). */
import { pload } from "../arena/atomics.js";

/** Looks before sleeping, 10 ns each: far longer than the other takes if it is running. */
const LOOKS = 200;
/** If it is not, its core is ours: about 60 us, the shortest sleep there is. */
const SLEEP_MS = 0.01;
const SLEEP = new Int32Array(new SharedArrayBuffer(4));

/**
 * Returns when word `a`, one that only holders of a P touch, is `v` no more. A holder of a P; the other one needs no lock
 * of ours.
 */
export function waitWhile(a: number, v: number): void {
  for (;;) {
    for (let i = 0; i < LOOKS; i++) if (pload(a) !== v) return;
    Atomics.wait(SLEEP, 0, 0, SLEEP_MS);
  }
}
