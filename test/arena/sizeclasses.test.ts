import { describe, expect, test } from "vitest";
import { NUM_KINDS, NUM_SIZE_CLASSES, NUM_SPAN_CLASSES } from "../../src/arena/layout.js";
import { TINY_SPAN_CLASS } from "../../src/arena/mspan.js";
import {
  CLASS_TO_BATCH,
  CLASS_TO_LIMIT,
  CLASS_TO_PAGES,
  CLASS_TO_SIZE,
  makeSpanClass,
  MAX_SMALL_SIZE,
  PAGE_BYTES,
  sizeToClass,
} from "../../src/arena/sizeclasses.js";

// Go 1.14's table as documented (qa T45): bytes an object, bytes a span, objects, tail, maximal waste in percent.
const goTable: [number, number, number, number, number, string][] = [
  [1, 8, 8192, 1024, 0, "87.50"],
  [2, 16, 8192, 512, 0, "43.75"],
  [3, 32, 8192, 256, 0, "46.88"],
  [4, 48, 8192, 170, 32, "31.52"],
  [5, 64, 8192, 128, 0, "23.44"],
  [18, 288, 8192, 28, 128, "12.16"],
  [31, 1024, 8192, 8, 0, "12.40"],
  [32, 1152, 8192, 7, 128, "12.41"],
  [34, 1408, 16384, 11, 896, "14.00"],
  [42, 3456, 24576, 7, 384, "8.83"],
  [49, 6912, 49152, 7, 768, "3.37"],
  [50, 8192, 8192, 1, 0, "15.61"],
  [59, 18432, 73728, 4, 0, "11.11"],
  [64, 27264, 81920, 3, 128, "10.00"],
  [65, 28672, 57344, 2, 0, "4.91"],
  [66, 32768, 32768, 1, 0, "12.50"],
];

const waste = (c: number): number => {
  const size = CLASS_TO_SIZE[c]!;
  const span = CLASS_TO_PAGES[c]! * PAGE_BYTES;
  const objects = Math.floor(span / size);
  return ((size - CLASS_TO_SIZE[c - 1]! - 1) * objects + (span - objects * size)) / span;
};

describe("size classes", () => {
  test("rows of Go's table", () => {
    for (const [c, size, span, objects, tail, percent] of goTable) {
      expect(CLASS_TO_SIZE[c]).toBe(size);
      expect(CLASS_TO_PAGES[c]! * PAGE_BYTES).toBe(span);
      expect(Math.floor(span / size)).toBe(objects);
      expect(span - objects * size).toBe(tail);
      expect((waste(c) * 100).toFixed(2)).toBe(percent);
    }
  });

  test("identities of all 66 rows", () => {
    expect(CLASS_TO_SIZE.length).toBe(NUM_SIZE_CLASSES);
    for (let c = 1; c < NUM_SIZE_CLASSES; c++) {
      const size = CLASS_TO_SIZE[c]!;
      const span = CLASS_TO_PAGES[c]! * PAGE_BYTES;
      expect(size).toBeGreaterThan(CLASS_TO_SIZE[c - 1]!);
      expect(size % 8).toBe(0); // every object starts at an even word
      if (size > 1024) expect(size % 128).toBe(0); // the coarse lookup table relies on it
      expect(span % size).toBeLessThanOrEqual(span / 8);
      if (c > 6) expect(waste(c)).toBeLessThan(0.1666); // 1 KiB above, Go's worst is 16.65 %
      expect(CLASS_TO_LIMIT[c]).toBe(2 * CLASS_TO_BATCH[c]!);
      expect(CLASS_TO_BATCH[c]).toBeGreaterThan(0);
    }
    // Sums over all rows, for the entries that the sample above does not name (compared once with Go's file itself).
    expect(CLASS_TO_SIZE.reduce((a, b) => a + b, 0)).toBe(372_744);
    expect(CLASS_TO_PAGES.reduce((a, b) => a + b, 0)).toBe(167);
  });

  test("lookup (qa T47)", () => {
    for (const [bytes, c] of [
      [0, 1],
      [1, 1],
      [8, 1],
      [9, 2],
      [16, 2],
      [17, 3],
      [32, 3],
      [33, 4],
      [1016, 31],
      [1017, 31],
      [1024, 31],
      [1025, 32],
      [32768, 66],
      [32769, 0],
    ] as const)
      expect(sizeToClass(bytes), `${bytes} bytes`).toBe(c);
  });

  test("the smallest class that fits, for every size", () => {
    for (let bytes = 1; bytes <= MAX_SMALL_SIZE; bytes++) {
      const c = sizeToClass(bytes);
      if (!(CLASS_TO_SIZE[c]! >= bytes && CLASS_TO_SIZE[c - 1]! < bytes)) expect.fail(`${bytes} bytes: class ${c}`);
    }
  });

  test("span classes (qa T46): tiny objects are pointer-free and of class 2, class 0 is large", () => {
    expect(TINY_SPAN_CLASS).toBe(2 * NUM_KINDS);
    expect(makeSpanClass(0, 3)).toBe(3);
    expect(NUM_SPAN_CLASSES).toBe(67 * NUM_KINDS);
  });
});
