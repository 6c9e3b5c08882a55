/** The tags of NaN-boxed values (value.ts draws them). Constants alone, so that the build inlines them. */

export const TAG_ODD = 0x7ff90000;
export const TAG_HANDLE = 0x7ffa0000;
export const TAG_REF = 0x7ffb0000;
export const TAG_BLOB = 0x7ffc0000;
export const TAG_FN = 0x7ffd0000;
export const TAG_STR = 0x7ffe0000;
export const TAG_INT = 0x7fff0000;
export const TAG_MASK = 0xffff0000 | 0;
export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;

/** High word of a slot without a value, where undefined is a value or another thread waits for the slot (sync/pool.ts). */
export const EMPTY = TAG_ODD | 1;
/** High word of a slot whose value was moved out, where someone asks (value.ts, `keep`). The compiler knows it too. */
export const GONE = 0;
