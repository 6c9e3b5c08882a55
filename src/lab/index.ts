/**
 * gosched/lab: for who writes workloads of their own. A workload is a module with a goroutine `main` and a description of it,
 * see docs/lab.md; everything here may be called on any thread.
 */
export { burn, record } from "./record.js";
export { seeded, uniform, xorshift32 } from "./random.js";
export { arrivalGap, type Service, serviceTime } from "./service.js";
export type { Outcome, TrialParams, Workload } from "./workload.js";
