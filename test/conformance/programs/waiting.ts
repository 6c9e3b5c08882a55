/** Goroutines that wait for a timer and for the network, in a library's runtime. */
import { go, goroutine, gosched, sleep } from "gosched";
import { listen, type Listener } from "gosched/net";

const HOUR = 3_600_000;

const accepts = goroutine(function* accepts(ln: Listener) {
  yield* ln.accept();
});

const sleeps = goroutine(function* sleeps() {
  yield* sleep(HOUR);
});

/** Leaves a hundred goroutines behind, all waiting. */
export const waits = goroutine(function* waits(network: boolean) {
  for (let i = 0; i < 100; i++) {
    if (network) go(accepts, yield* listen("tcp", "127.0.0.1:0"));
    else go(sleeps);
  }
  yield* gosched();
});
