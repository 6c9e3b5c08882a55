import { definePolicy } from "../kit.js";

export default definePolicy({
  name: "gmp",
  description:
    "Go's scheduler since 1.1, and the default: a ring of 256 goroutines for each P, a slot for the next one, which inherits the slice, a global queue for what gives way, stealing half in a random order.",
  hooks: () => ({}),
});
