/** What TypeScript knows about a select. The checks are made by `tsc`; nothing of this is ever run by a runtime. */
import { expect, expectTypeOf, test } from "vitest";
import { type Chan, goroutine, type GoFunc, select } from "gosched";

declare const numbers: Chan<number>;
declare const texts: Chan<string>;
declare const quit: Chan<void>;
declare const many: Record<string, Chan<boolean>>;

const types = (): GoFunc<[], number> =>
  goroutine(function* types() {
    const r = yield* select({ n: numbers, text: texts, out: numbers.onSend(5), quit, default: true });
    expectTypeOf(r.case).toEqualTypeOf<"n" | "text" | "out" | "quit" | "default">();
    switch (r.case) {
      case "n":
        expectTypeOf(r.value).toEqualTypeOf<number | undefined>();
        expectTypeOf(r.ok).toEqualTypeOf<boolean>();
        if (r.ok) expectTypeOf(r.value).toEqualTypeOf<number>();
        else expectTypeOf(r.value).toEqualTypeOf<undefined>();
        break;
      case "text":
        expectTypeOf(r.value).toEqualTypeOf<string | undefined>();
        break;
      case "out":
        expectTypeOf(r).toEqualTypeOf<{ readonly case: "out"; readonly value: undefined; readonly ok: true }>();
        break;
      case "quit":
        break;
      default:
        expectTypeOf(r).toEqualTypeOf<{ readonly case: "default"; readonly value: undefined; readonly ok: false }>();
    }
    // @ts-expect-error there is no such case
    if (r.case === "other") return 1;
    // @ts-expect-error nobody writes to a result
    r.value = 7;

    const { case: name, value } = yield* select({ n: numbers, text: texts });
    if (name === "n") expectTypeOf(value).toEqualTypeOf<number | undefined>();

    const one = yield* select({ n: numbers });
    expectTypeOf(one.case).toEqualTypeOf<"n">();
    const dynamic = yield* select(many);
    expectTypeOf(dynamic.case).toEqualTypeOf<string>();
    expectTypeOf(dynamic.value).toEqualTypeOf<boolean | undefined>();
    const index = yield* select({ 1: numbers });
    expectTypeOf(index.case).toEqualTypeOf<"1">();

    // @ts-expect-error a number into a channel of strings
    yield* select({ out: texts.onSend(5) });
    // @ts-expect-error neither a channel nor a sending case
    yield* select({ n: 5 });
    // @ts-expect-error a receive that has begun already
    yield* select({ n: numbers.recv() });
    // @ts-expect-error a case that may be missing
    yield* select({ n: undefined });
    // @ts-expect-error default can only be true
    yield* select({ n: numbers, default: false });
    // @ts-expect-error default is no name for a channel
    yield* select({ default: numbers });
    // @ts-expect-error only default can be true
    yield* select({ n: true });
    // @ts-expect-error a list has no names
    yield* select([numbers, texts]);
    // @ts-expect-error a channel is no set of cases
    yield* select(numbers);
    // @ts-expect-error without yield* there is no result
    void (select({ n: numbers }).case === "n");

    expectTypeOf(yield* select({})).toEqualTypeOf<never>();
    return 2;
  });

test("select({}) never returns, so what follows it is no value", () => {
  expect(types).toBeTypeOf("function");
});
