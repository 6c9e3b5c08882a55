/**
 * The same loops as a goroutine function, with a check in each round, and as a plain function, which has none. Each carries
 * a value from round to round, so that the engine cannot leave the work out.
 */
import { goroutine } from "gosched";
import { clock } from "./clock.js";

const table = new Float64Array(1024).fill(1.5);

/** The n-th state of the LCG below, by squaring its step. */
function lcgAfter(n: number): number {
  let [a, c, s] = [1664525, 1013904223, 1];
  for (; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) s = (Math.imul(s, a) + c) | 0;
    c = (Math.imul(c, a) + c) | 0;
    a = Math.imul(a, a);
  }
  return s;
}

const plain = {
  lcg(n: number): number {
    let s = 1;
    for (let i = 0; i < n; i++) s = (Math.imul(s, 1664525) + 1013904223) | 0;
    return s;
  },
  floats(n: number): number {
    let s = 0.5;
    for (let i = 0; i < n; i++) s += i * 0.5;
    return s;
  },
  array(n: number): number {
    let s = 0;
    for (let i = 0; i < n; i++) s += table[i & 1023]!;
    return s;
  },
  xorshift(n: number): number {
    let s = 1;
    for (let i = 0; i < n; i++) {
      s ^= s << 13;
      s ^= s >>> 17;
      s ^= s << 5;
    }
    return s;
  },
  /** Two instructions a round: nothing that a check could hide behind. */
  shortest(n: number): number {
    let s = 0;
    for (let i = 0; i < n; i++) s = (s + (i ^ 0x55)) | 0;
    return s;
  },
  nested(n: number): number {
    let s = 0;
    for (let i = 0; i < n / 100; i++) for (let j = 0; j < 100; j++) s = Math.imul(s ^ j, 16777619);
    return s;
  },
  /** The bound of the inner loop is the outer loop's variable. */
  triangle(n: number): number {
    let s = 0;
    for (let i = 0; i * i < 2 * n; i++) for (let j = 0; j < i; j++) s = Math.imul(s ^ j, 16777619);
    return s;
  },
  countdown(n: number): number {
    let s = 1;
    while (n--) s = (Math.imul(s, 1664525) + 1013904223) | 0;
    return s;
  },
  /** Until something happens: nothing is counted. */
  until(n: number): number {
    const end = lcgAfter(n);
    let s = 1;
    let t = 0;
    while (s !== end) {
      s = (Math.imul(s, 1664525) + 1013904223) | 0;
      t ^= s;
    }
    return t;
  },
  forever(n: number): number {
    let s = 1;
    let i = 0;
    for (;;) {
      s = (Math.imul(s, 1664525) + 1013904223) | 0;
      if (++i === n) break;
    }
    return s;
  },
  dowhile(n: number): number {
    let s = 1;
    let i = 0;
    do s = (Math.imul(s, 1664525) + 1013904223) | 0;
    while (++i < n);
    return s;
  },
};

const checked = {
  lcg: goroutine(function* lcg(n: number) {
    let s = 1;
    for (let i = 0; i < n; i++) s = (Math.imul(s, 1664525) + 1013904223) | 0;
    return s;
  }),
  floats: goroutine(function* floats(n: number) {
    let s = 0.5;
    for (let i = 0; i < n; i++) s += i * 0.5;
    return s;
  }),
  array: goroutine(function* array(n: number) {
    let s = 0;
    for (let i = 0; i < n; i++) s += table[i & 1023]!;
    return s;
  }),
  xorshift: goroutine(function* xorshift(n: number) {
    let s = 1;
    for (let i = 0; i < n; i++) {
      s ^= s << 13;
      s ^= s >>> 17;
      s ^= s << 5;
    }
    return s;
  }),
  shortest: goroutine(function* shortest(n: number) {
    let s = 0;
    for (let i = 0; i < n; i++) s = (s + (i ^ 0x55)) | 0;
    return s;
  }),
  nested: goroutine(function* nested(n: number) {
    let s = 0;
    for (let i = 0; i < n / 100; i++) for (let j = 0; j < 100; j++) s = Math.imul(s ^ j, 16777619);
    return s;
  }),
  triangle: goroutine(function* triangle(n: number) {
    let s = 0;
    for (let i = 0; i * i < 2 * n; i++) for (let j = 0; j < i; j++) s = Math.imul(s ^ j, 16777619);
    return s;
  }),
  countdown: goroutine(function* countdown(n: number) {
    let s = 1;
    while (n--) s = (Math.imul(s, 1664525) + 1013904223) | 0;
    return s;
  }),
  until: goroutine(function* until(n: number) {
    const end = lcgAfter(n);
    let s = 1;
    let t = 0;
    while (s !== end) {
      s = (Math.imul(s, 1664525) + 1013904223) | 0;
      t ^= s;
    }
    return t;
  }),
  forever: goroutine(function* forever(n: number) {
    let s = 1;
    let i = 0;
    for (;;) {
      s = (Math.imul(s, 1664525) + 1013904223) | 0;
      if (++i === n) break;
    }
    return s;
  }),
  dowhile: goroutine(function* dowhile(n: number) {
    let s = 1;
    let i = 0;
    do s = (Math.imul(s, 1664525) + 1013904223) | 0;
    while (++i < n);
    return s;
  }),
};

export const loopNames = Object.keys(plain) as (keyof typeof plain)[];

/** Nanoseconds of both forms, alternating, `rounds` times: [plain, checked] each. */
export const compareLoops = goroutine(function* compareLoops(name: string, n: number, rounds: number) {
  const without = plain[name as keyof typeof plain];
  const check = checked[name as keyof typeof checked];
  const times: [number, number][] = [];
  for (let i = -3; i < rounds; i++) {
    const a = clock();
    const x = without(n);
    const b = clock();
    const y = yield* check(n);
    const c = clock();
    if (x !== y) throw new Error(`${name}: ${x} without checks, ${y} with`);
    if (i >= 0) times.push([b - a, c - b]);
  }
  return times;
});
