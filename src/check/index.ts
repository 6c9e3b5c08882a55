/** `gosched/check`: the model checker, for the project's own code and for that of its users. */
export { check, type Failure, model, type Model, type ModelOptions, type Result, type Search } from "./model.js";
export { Memory } from "./memory.js";
export { type Body, Violation } from "./machine.js";
export type { Step } from "./execution.js";
