import { definePolicy, LOCAL, READY } from "../kit.js";

export default definePolicy({
  name: "no-runnext",
  description:
    "Go's scheduler without its slot for the next goroutine: what is spawned or readied goes to the end of the ring and waits for its turn.",
  hooks: (_knobs, go) => ({
    place: (p, g, why) => (why <= READY ? LOCAL : go.place(p, g, why)),
  }),
});
