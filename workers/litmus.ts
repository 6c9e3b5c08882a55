/** A thread of the litmus tests (src/litmus/): its memory, and the arena's atomic operations on it. */
import { parentPort, workerData } from "node:worker_threads";
import { type Memory, wasmOps } from "../src/arena/wasm.js";
import { serve } from "../src/litmus/worker.js";

const memory = workerData as Memory | SharedArrayBuffer;
if ("buffer" in memory) serve(parentPort!, memory.buffer, wasmOps(memory));
else serve(parentPort!, memory, undefined);
