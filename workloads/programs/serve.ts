/**
 * A server under an open load: requests arrive when they arrive, whether or not the last ones are done. The latency of a
 * request counts from the moment when it should have arrived, so that a scheduler that keeps the arrivals waiting does
 * not look better for it (coordinated omission; Tene).
 */
import { go, goroutine, gosched, now, sleep, WaitGroup } from "gosched";
import {
  arrivalGap,
  type Outcome,
  record,
  seeded,
  type Service,
  serviceTime,
  type TrialParams,
  uniform,
  xorshift32,
} from "gosched/lab";
import { work } from "./work.js";

const request = goroutine(function* request(due: number, us: number, series: number, done: WaitGroup) {
  yield* work(us);
  record(series, now() - due);
  done.done();
});

interface Params extends TrialParams {
  requests: number;
  service: Service;
  /** Microseconds: the mean, of `bimodal` the short ones. */
  us: number;
  /** Microseconds: `bimodal` only. */
  long: number;
  /** 1: tell the policy which requests are urgent, and until when. */
  hints: number;
}

const BATCH = 64;
/** When requests should be done, for policies that heed hints. */
const SHORT_MS = 1;
const LONG_MS = 50;

export const main = goroutine(function* main(p: Params) {
  const { requests, service, us: mean, long, hints, gap } = p;
  const done = new WaitGroup();
  done.add(requests);
  let state = seeded(p.seed);
  let due = now();
  for (let i = 0; i < requests; i++) {
    state = xorshift32(state);
    due += arrivalGap(gap, uniform(state));
    state = xorshift32(state);
    const us = serviceTime(service, mean, long, uniform(state));
    const wait = due - now();
    if (wait > 0) yield* sleep(wait);
    // As fast as they come: in batches, or all of them would wait in the queue before the first one runs.
    else if (gap === 0 && i % BATCH === BATCH - 1) yield* gosched();
    const series = service === "bimodal" && us === long ? 1 : 0;
    if (hints === 0) go(request, due, us, series, done);
    else if (series === 0) go.with({ priority: 10, deadline: SHORT_MS }, request, due, us, series, done);
    else go.with({ priority: 0, deadline: LONG_MS }, request, due, us, series, done);
  }
  yield* done.wait();
  return { ops: requests } satisfies Outcome;
});
