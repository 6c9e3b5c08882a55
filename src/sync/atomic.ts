/** `atomic.Int32`, ...: what users import as the namespace `atomic` (Go: package sync/atomic). */
export { Bool, Int32, Int64, Uint32, Uint64 } from "./atomicint.js";
export { Pointer, Value } from "./atomicvalue.js";
