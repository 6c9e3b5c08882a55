/** Programs that do not do what their description says, for the test that the stress test can fail. */
import { chan, type Chan, go, goroutine } from "gosched";
import { must, type Scenario } from "./common.js";

const honest = goroutine(function* honest(led: Chan<number>, id: number) {
  yield* led.send(id);
});

const waitForEver = goroutine(function* waitForEver(led: Chan<number>, id: number) {
  yield* chan<number>().recv();
  yield* led.send(id);
});

/** Described as one goroutine that runs once. */
export const sabotaged: Scenario = {
  kind: "sabotage",
  pick: () => ({ n: 0, a: 0, b: 0 }),
  count: () => 1,
  body: goroutine(function* sabotaged(led, base, n, _a, _b, _seed) {
    if (n === 1) go(honest, led, base);
    if (n === 1 || n === 3) go(honest, led, base);
    if (n === 2) go(waitForEver, led, base);
    if (n === 3) must(n * 2 === 7, "sabotage: a wrong value");
  }),
};
