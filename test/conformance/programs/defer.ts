/**
 * defer, panic, recover and Goexit: the programs of defer.go, statement by statement where the language allows it. The argument
 * says which; `all` are those that end well. Deferred functions suspend wherever they can, so that with two procs the
 * goroutine moves between defer, panic and return. Marks such as `// @nested` name lines for the test.
 */
import {
  type Chan,
  chan,
  defer,
  go,
  type GoFunc,
  goroutine,
  gosched,
  panic,
  println,
  recover,
  returned,
  runtime,
} from "gosched";

const nil = (v: unknown): unknown => (v === undefined ? "<nil>" : v instanceof Error ? v.message : v);
const say = (...v: unknown[]): void => println(...v);

const sayLater = goroutine(function* sayLater(...v: unknown[]) {
  yield* gosched();
  println(...v);
  yield* gosched();
});

const rec = goroutine(function* rec(what: string) {
  println(what, nil(recover()));
});

const recLater = goroutine(function* recLater(what: string) {
  yield* gosched();
  const r = recover();
  yield* gosched();
  println(what, nil(r), nil(recover()));
});

const throwing = goroutine(function* throwing(v: unknown) {
  yield* gosched();
  panic(v);
});

const helper = goroutine(function* helper() {
  return recover();
});

const increase = goroutine(function* increase(d: number) {
  defer(() => {
    returned.value++;
  });
  return d;
});

const fails = goroutine(function* fails(): any {
  defer(recLater, "fails:");
  yield* gosched();
  panic("oops");
});

const deep = goroutine(function* deep(n: number): any {
  let own = n;
  defer(() => {
    total += own;
  });
  if (n === 0) panic("bottom");
  yield* deep(n - 1);
  own = 0;
});
let total = 0;

const exits = goroutine(function* exits(done: Chan<string>) {
  defer(function* () {
    yield* done.send("done");
  });
  defer(() => println("recover in Goexit:", nil(recover())));
  defer(sayLater, "deferred");
  runtime.goexit();
});

const exitInner = goroutine(function* exitInner() {
  defer(throwing, "x");
  runtime.goexit();
});

const exitOuter = goroutine(function* exitOuter() {
  defer(rec, "rec");
  yield* exitInner();
  println("unreachable 1");
});

const cases: Record<string, GoFunc<[], unknown>> = {
  order: goroutine(function* order() {
    for (let i = 0; i < 5; i++) defer(say, i);
    let a = 1;
    defer(say, "a1:", a);
    a++;
    defer(() => println("a2:", a));
    a++;
    defer(sayLater, "slow", a);
    yield* gosched();
    println("body");
  }),
  results: goroutine(function* results() {
    println(yield* increase(1));
    println(nil(yield* fails()));
    println(
      yield* goroutine(function* () {
        defer(() => void recover());
        defer(() => panic(1));
        return 5;
      })(),
    );
    println(
      yield* goroutine(function* (): any {
        defer(() => {
          const r = recover();
          returned.value = `recovered ${String(r)}`;
        });
        panic("x");
      })(),
    );
  }),
  loop: goroutine(function* loop() {
    const f = goroutine(function* () {
      for (let i = 0; i < 10_000; i++) {
        defer(() => {
          returned.value++;
        });
        if (i % 1000 === 0) yield* gosched();
      }
      return 0;
    });
    println(yield* f());
  }),
  portable: goroutine(function* portable() {
    const ch = chan<number>(20_000);
    const f = goroutine(function* (ch: Chan<number>) {
      for (let i = 0; i < 10_000; i++) {
        defer(function* () {
          yield* ch.send(i);
        });
        if (i % 100 === 0) yield* gosched();
      }
    });
    yield* f(ch);
    let falling = true;
    for (let i = 9999; i >= 0; i--) falling &&= (yield* ch.recv()) === i;
    println(ch.len, falling);
  }),
  deep: goroutine(function* () {
    const f = goroutine(function* () {
      defer(rec, "deep:");
      yield* deep(20_000);
    });
    yield* f();
    println(total);
  }),
  goexit: goroutine(function* () {
    const done = chan<string>();
    go(exits, done);
    println(yield* done.recv());
  }),
  rerec: goroutine(function* () {
    defer(rec, "outer");
    defer(function* () {
      defer(rec, "inner");
      yield* throwing("p2");
    });
    panic("p1");
  }),
  abort: goroutine(function* () {
    defer(() => println("outer", nil(recover()), "again", nil(recover())));
    defer(throwing, "p2");
    panic("p1");
  }),
  helpers: goroutine(function* () {
    defer(() => println("direct", nil(recover())));
    defer(function* () {
      println("helper", nil(yield* helper()));
    });
    defer(() => println("closure", nil((() => recover())())));
    defer(function* () {
      defer(rec, "deferred in deferred");
    });
    defer(function* () {
      println("in a closure", nil((() => recover())()));
    });
    println("not deferred", nil(recover()));
    panic("x");
  }),
  continues: goroutine(function* () {
    defer(say, "d1");
    defer(rec, "recovered");
    defer(say, "d3");
    panic("p");
  }),
  panicNil: goroutine(function* () {
    defer(() => println(recover() === undefined));
    panic(undefined);
  }),
  exitRecover: goroutine(function* () {
    defer(say, "last");
    defer(rec, "rec");
    defer(function* () {
      println("rec0", nil(recover()));
      yield* throwing("x");
    });
    runtime.goexit();
  }),
  exitRecover2: goroutine(function* () {
    yield* exitOuter();
    println("unreachable 2");
  }),
  panicExit: goroutine(function* () {
    defer(() => runtime.goexit());
    panic("p1");
  }),
  nested: goroutine(function* nested() {
    defer(throwing, "second");
    panic("first"); // @nested
  }),
  recovered: goroutine(function* recovered() {
    defer(() => panic(`re ${String(recover())}`)); // @recovered
    panic("first");
  }),
  three: goroutine(function* three() {
    defer(function* () {
      defer(() => panic("third")); // @three
      panic("second");
    });
    panic("first");
  }),
  exitPanic: goroutine(function* exitPanic() {
    defer(() => panic("after exit")); // @exitPanic
    runtime.goexit();
  }),
  panicExitPanic: goroutine(function* panicExitPanic() {
    defer(() => panic("p2")); // @panicExitPanic
    defer(() => runtime.goexit());
    panic("p1");
  }),
  same: goroutine(function* same() {
    defer(() => panic(recover())); // @same
    panic("same");
  }),
  deferRecover: goroutine(function* deferRecover() {
    defer(recover);
    panic("x"); // @deferRecover
  }),
  nilFunc: goroutine(function* nilFunc() {
    defer(say, "runs");
    defer(undefined);
    println("body");
  }),
};

const well = "order results loop portable deep goexit rerec abort helpers continues panicNil".split(" ");

export const main = goroutine(function* main() {
  const name = process.argv[2]!;
  if (name === "all") {
    for (const one of well) {
      println(one);
      const f = cases[one]!;
      yield* f();
    }
    return;
  }
  const f = cases[name]!;
  yield* f(); // @run
});
