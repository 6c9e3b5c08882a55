/** `gosched/policy`: for who writes a scheduling policy. docs/writing-a-policy.md takes you from nothing to a measured one. */
export * from "./policy/kit.js";
