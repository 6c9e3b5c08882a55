/** Contexts: each scenario prints its lines. What Go's rules say about them is in context.test.ts. */
import {
  background,
  type CancelContext,
  Canceled,
  type Chan,
  chan,
  type Context,
  contextKey,
  DeadlineExceeded,
  go,
  type GoFunc,
  goroutine,
  gosched,
  now,
  println,
  sleep,
  todo,
  WaitGroup,
  withCancel,
  withDeadline,
  withTimeout,
  withValue,
} from "gosched";

const user = contextKey<string>("user");
const data = contextKey<{ list: number[] }>("data");
const chanKey = contextKey<Chan<number>>("chan");

const waiter = goroutine(function* waiter(ctx: Context, out: Chan<string>, id: number) {
  yield* ctx.done().recv();
  yield* out.send(`${id} ${ctx.err()!.message} ${String(ctx.value(user))}`);
});

const canceller = goroutine(function* canceller(ctx: CancelContext, wg: WaitGroup, cause: number) {
  yield* gosched();
  ctx.cancel(cause);
  wg.done();
});

/** Makes children and cancels them, while somebody else cancels the parent. */
const breeder = goroutine(function* breeder(parent: Context, wg: WaitGroup, n: number) {
  const alive: CancelContext[] = [];
  for (let i = 0; i < n; i++) {
    alive.push(withCancel(i % 3 === 0 ? withTimeout(parent, 60_000) : parent));
    if (i % 2 === 0) alive[i >> 1]!.cancel();
    if (i % 10 === 0) yield* gosched();
  }
  yield* parent.done().recv();
  let wrong = 0;
  for (const ctx of alive) if (ctx.err() === undefined || withCancel(ctx).err() === undefined) wrong++;
  if (wrong > 0) throw new Error(`${wrong} of ${n} children are alive`);
  wg.done();
});

const scenarios: Record<string, GoFunc<[], void>> = {
  /** The reference's table of a tree. */
  tree: goroutine(function* tree() {
    const root = withCancel(background());
    const left = withCancel(root);
    const right = withValue(root, user, "ada");
    const leaf = withCancel(right);
    println("before", root.err(), left.err(), right.err(), leaf.err());
    left.cancel();
    println("a child does not cancel its parent", left.err() === Canceled, root.err());
    root.cancel();
    for (const c of [root, left, right, leaf]) println(String(c), c.err()!.message, yield* c.done().recvOk());
    println("the same channel", leaf.done() === leaf.done(), right.done() === root.done());
    println("born dead", withCancel(leaf).err()!.message);
    println("never", background().done().cap, background().err(), todo().deadline());
  }),

  waiters: goroutine(function* waiters() {
    const root = withValue(background(), user, "ada");
    const ctx = withCancel(root);
    const out = chan<string>(20);
    let c: Context = ctx;
    for (let i = 0; i < 20; i++) {
      c = i % 3 === 0 ? withTimeout(c, 3_600_000) : i % 3 === 1 ? withValue(c, data, { list: [i] }) : withCancel(c);
      go(waiter, c, out, i);
    }
    yield* sleep(5);
    println("waiting", out.len);
    ctx.cancel();
    const got: string[] = [];
    for (let i = 0; i < 20; i++) got.push((yield* out.recv())!);
    got.sort((a, b) => parseInt(a) - parseInt(b));
    println(got.every((s, i) => s === `${i} context canceled ada`));
  }),

  deadlines: goroutine(function* deadlines() {
    const t = now();
    const soon = withTimeout(background(), 20);
    const later = withDeadline(soon, t + 3_600_000);
    const hour = withTimeout(background(), 3_600_000);
    println(
      "the earlier one holds",
      later.deadline() === soon.deadline(),
      withDeadline(hour, t + 5).deadline() === t + 5,
    );
    yield* later.done().recv();
    println("not early", now() >= soon.deadline()!, soon.err() === DeadlineExceeded, later.err() === DeadlineExceeded);
    println(DeadlineExceeded.timeout(), soon.err()!.message, soon.err()!.name);
    soon.cancel();
    println("the first one counts", soon.err() === DeadlineExceeded);
    hour.cancel();
    println(hour.err() === Canceled, withTimeout(background(), 0).err() === DeadlineExceeded);
    println(withDeadline(hour, t - 5).err() === Canceled);
    const never = withTimeout(background(), Infinity);
    println("never", never.err());
    never.cancel();
  }),

  causes: goroutine(function* causes() {
    const ctx = withCancel(background());
    const child = withCancel(withValue(ctx, user, "ada"));
    println(ctx.cause());
    ctx.cancel(new RangeError("too far"));
    ctx.cancel("second");
    const c = child.cause() as Error;
    println(c instanceof RangeError, c.message, child.err() === Canceled, (ctx.cause() as Error).message);
    println((withCancel(child).cause() as Error).message);
    const plain = withCancel(background());
    plain.cancel();
    println(plain.cause() === Canceled);
    const late = withTimeout(background(), 1);
    yield* late.done().recv();
    println(late.cause() === DeadlineExceeded);
    const falsy = withCancel(background());
    falsy.cancel(0);
    println(falsy.cause());
  }),

  values: goroutine(function* values() {
    const c = chan<number>(1);
    const a = withValue(background(), user, "ada");
    const b = withValue(withCancel(withValue(a, chanKey, c)), user, "bob");
    println(a.value(user), b.value(user), a.value(chanKey), b.value(chanKey) === c, b.value(data));
    const list = [1, 2];
    const d = withValue(b, data, { list });
    list.push(3);
    d.value(data)!.list.push(4);
    println(d.value(data)!.list.join(), String(a));
    const undef = withValue(a, user, undefined as never);
    println(undef.value(user));
  }),

  errors: goroutine(function* errors() {
    const tries: Record<string, () => unknown> = {
      withCancel: () => withCancel(undefined as never),
      withDeadline: () => withDeadline(null as never, 1),
      withTimeout: () => withTimeout(undefined as never, 1),
      withValue: () => withValue(undefined as never, user, "x"),
      "nil key": () => withValue(background(), undefined as never, 1),
      "string key": () => withValue(background(), "user" as never, 1),
      "not a context": () => withCancel({} as never),
      "no duration": () => withTimeout(background(), "5" as never),
      "a value that cannot cross": () => withValue(background(), user, (() => {}) as never),
      "a cause that cannot cross": () => withCancel(background()).cancel(Symbol("s")),
      "no name": () => contextKey(""),
    };
    for (const [what, f] of Object.entries(tries)) {
      try {
        println(what, f());
      } catch (e) {
        println(`${what}: ${(e as Error).name}: ${(e as Error).message}`);
      }
    }
  }),

  texts: goroutine(function* texts() {
    const c = withValue(withCancel(background()), user, "ada");
    println(String(withCancel(withValue(c, data, { list: [] }))));
    println(String(withCancel(todo())));
    println(
      /^context\.Background\.WithDeadline\(\d{4}-.*Z \[\d+ms\]\)\.WithCancel$/.test(
        String(withTimeout(withTimeout(background(), 60_000), 3_600_000)),
      ),
    );
  }),

  /** Many cancel the same one: one of them wins, and all below it see its cause. */
  races: goroutine(function* races() {
    for (let round = 0; round < 40; round++) {
      const root = withCancel(background());
      const leaf = withCancel(withTimeout(root, 60_000));
      const wg = new WaitGroup();
      wg.add(9);
      for (let i = 0; i < 6; i++) go(canceller, root, wg, i);
      for (let i = 0; i < 3; i++) go(breeder, root, wg, 60);
      yield* wg.wait();
      if (leaf.cause() !== root.cause() || typeof leaf.cause() !== "number") throw new Error(`${String(leaf.cause())}`);
    }
    println("one cause");
  }),
};

export const main = goroutine(function* main() {
  for (const name of process.argv.slice(2)) {
    println(`== ${name}`);
    yield* scenarios[name]!();
  }
});
