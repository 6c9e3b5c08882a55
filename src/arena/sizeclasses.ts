/**
 * The 67 size classes of Go 1.14 (class 0 stands for large objects) and the lookup from bytes to class.
 *
 * Sizes grow by about an eighth, so rounding a request up to its class wastes at most 12.5 % beyond the smallest
 * classes; a span has as many pages as keep the tail, the part of it that no object fits in, below an eighth as well.
 *
 * Lookup is two small tables instead of a search: in steps of 8 bytes up to 1 KiB, in steps of 128 bytes above,
 * because above 1 KiB every class is a multiple of 128. Both are computed from the list of sizes once a thread, which
 * leaves a single list to get wrong.
 */
import { NUM_KINDS, NUM_SIZE_CLASSES, PAGE_WORDS } from "./layout.js";

export const PAGE_BYTES = PAGE_WORDS * 4;
/** Largest small object; one byte more and it is large. */
export const MAX_SMALL_SIZE = 32768;
export const SMALL_SIZE_DIV = 8;
export const SMALL_SIZE_MAX = 1024;
export const LARGE_SIZE_DIV = 128;

// prettier-ignore
const sizes = [
  0, 8, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480,
  512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864,
  5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760,
  24576, 27264, 28672, 32768,
];
/** Pages of a span for the classes from 34 on; all below have one. */
// prettier-ignore
const pagesFrom34 = [
  2, 1, 2, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4,
];

export const CLASS_TO_SIZE = Uint16Array.from(sizes);
export const CLASS_TO_PAGES = Uint8Array.from(sizes, (_, c) => (c === 0 ? 0 : c < 34 ? 1 : pagesFrom34[c - 34]!));

/**
 * Objects that move between mcache and mcentral at a time: 16 KiB worth, 1 to 64. Few enough that the lock of an
 * mcentral is held briefly and a P hoards little, many enough that its price vanishes for small objects.
 */
export const CLASS_TO_BATCH = Uint8Array.from(sizes, (size, c) =>
  c === 0 ? 0 : Math.min(64, Math.max(1, Math.floor(16384 / size))),
);
/** Longest list of an mcache. Two batches: after a refill or a give-back the next one is a batch away either way. */
export const CLASS_TO_LIMIT = Uint8Array.from(CLASS_TO_BATCH, (batch) => 2 * batch);

/** Smallest class whose objects hold `bytes`. */
function classFor(bytes: number): number {
  let c = 1;
  while (sizes[c]! < bytes) c++;
  return c;
}

/** Class of ceil(bytes / 8). Zero bytes get the smallest object: every object has an address of its own. */
export const SIZE_TO_CLASS8 = Uint8Array.from({ length: SMALL_SIZE_MAX / SMALL_SIZE_DIV + 1 }, (_, i) =>
  classFor(i * SMALL_SIZE_DIV),
);
/** Class of ceil((bytes - 1024) / 128). */
export const SIZE_TO_CLASS128 = Uint8Array.from(
  { length: (MAX_SMALL_SIZE - SMALL_SIZE_MAX) / LARGE_SIZE_DIV + 1 },
  (_, i) => classFor(SMALL_SIZE_MAX + i * LARGE_SIZE_DIV),
);

/** The class for an object of `bytes`, 0 for a large one. */
export function sizeToClass(bytes: number): number {
  if (bytes <= SMALL_SIZE_MAX - SMALL_SIZE_DIV) return SIZE_TO_CLASS8[(bytes + SMALL_SIZE_DIV - 1) >> 3]!;
  if (bytes <= MAX_SMALL_SIZE) return SIZE_TO_CLASS128[(bytes - SMALL_SIZE_MAX + LARGE_SIZE_DIV - 1) >> 7]!;
  return 0;
}

/** Class and kind in one number, as Go packs class and noscan. */
export function makeSpanClass(cls: number, kind: number): number {
  return cls * NUM_KINDS + kind;
}

if (sizes.length !== NUM_SIZE_CLASSES) throw new Error("sizeclasses: the table and layout.ts disagree");
