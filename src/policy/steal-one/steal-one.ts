import { definePolicy } from "../kit.js";

export default definePolicy({
  name: "steal-one",
  description: "A thief takes one goroutine at a time, as in the classic analysis of work stealing; all else is Go's.",
  hooks: () => ({ amount: () => 1 }),
});
