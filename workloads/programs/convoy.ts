/**
 * A lock convoy: goroutines that do little between two critical sections of the same lock. Who is stopped while it holds
 * the lock stops all; who hands the lock over to a goroutine that is not running leaves it unused until that one runs.
 */
import { go, goroutine, Mutex, WaitGroup } from "gosched";
import { burn, type Outcome } from "gosched/lab";

const member = goroutine(function* member(rounds: number, inside: number, outside: number, mu: Mutex, done: WaitGroup) {
  for (let i = 0; i < rounds; i++) {
    yield* mu.lock();
    burn(inside);
    mu.unlock();
    burn(outside);
  }
  done.done();
});

interface Params {
  goroutines: number;
  rounds: number;
  inside: number;
  outside: number;
}

export const main = goroutine(function* main(p: Params) {
  const { goroutines, rounds, inside, outside } = p;
  const mu = new Mutex();
  const done = new WaitGroup();
  done.add(goroutines);
  for (let i = 0; i < goroutines; i++) go(member, rounds, inside, outside, mu, done);
  yield* done.wait();
  return { ops: goroutines * rounds } satisfies Outcome;
});
