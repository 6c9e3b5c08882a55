/** Contexts: cancelling against children that come, deadlines that pass, and who waits; and groups of goroutines with one error. */
import { type Core, isBody } from "../load.js";
import type { Body } from "../machine.js";
import type { Memory } from "../memory.js";
import type { Act, World } from "../world.js";
import { assert, coreModel, type CoreModel, together } from "./common.js";

/** Of the running execution: a context below the background, one below that, and what goroutines make. */
let parent = 0;
let child = 0;
let made = 0;
let memory: Memory;

const cancels =
  (which: () => number): Act =>
  (c) =>
    c["cancelCtx"](which(), undefined);
const top = (): number => parent;
const below = (): number => child;

/** The context in which `what` is done by M number 0, as by a goroutine. */
function by(w: World, what: (c: Core) => unknown): number {
  const c = w.m(0);
  c["setg"](1);
  const r = w.now<number>(what(c));
  c["setg"](0);
  return r;
}

const err = (w: World, ctx: number): number => memory.get(ctx + w.host["CTX_ERR"]);
const children = (w: World, ctx: number): number => memory.get(ctx + w.host["CTX_CHILDREN"]);

/**
 * `deadline`: of the child, in milliseconds from now; it has passed by the time at which the threads begin, if 0. `more`: what else
 * there is before they begin.
 */
const contexts = (
  name: string,
  parts: Record<string, readonly Act[]>,
  check: (r: Record<string, unknown[]>, w: World) => void,
  deadline?: number,
  more?: (w: World) => void,
): CoreModel =>
  together(
    `contexts: ${name}`,
    parts,
    (w) => {
      memory = w.memory;
      parent = by(w, (c) => c["newCancelCtx"](c["S_CTXBACKGROUND"]));
      child = by(w, (c) =>
        deadline === undefined
          ? c["newCancelCtx"](parent)
          : c["newDeadlineCtx"](parent, w.now<number>(c["walltime"]()) + deadline + 1),
      );
      made = 0;
      more?.(w);
      if (deadline === 0) memory.machine.clock += 2;
    },
    (r, _s, w) => {
      for (const [who, got] of Object.entries(r))
        for (const v of got) assert(typeof v !== "string", `${who}: ${String(v)}`);
      check(r, w);
    },
  );

/** A child is made below the parent. */
const makesChild: Act = function* (c) {
  made = (yield* c["newCancelCtx"](parent) as Body<number>) as number;
};
const makesDeadline: Act = function* (c) {
  const at = (yield* now(c["walltime"]())) as number;
  made = (yield* c["newDeadlineCtx"](parent, at + 10) as Body<number>) as number;
};
function* now(r: unknown): Body {
  return isBody(r) ? yield* r : r;
}
/** Receives from the channel of the child, which is made when it is first asked for; what the error is then. */
const waits: Act[] = [
  function* (c, g) {
    const ch = (yield* c["doneOf"](child) as Body<number>) as number;
    return yield* now(c["chanrecv"](g, ch));
  },
  (c) => c["errOf"](child),
];
const timers: Act = function* (c) {
  yield* c["checkTimers"](c["allp"](0)) as Body;
};
/** Timers that run, of the Ps of two. */
const running = (w: World): number =>
  [0, 1].reduce(
    (n, i) => n + memory.get(w.p(i) + w.host["P_NUMTIMERS"]) - memory.get(w.p(i) + w.host["P_DELETEDTIMERS"]),
    0,
  );

const CANCELED = 1;
const DEADLINE_EXCEEDED = 2;

/** What is seen after cancelling `second`, while the uppermost is being cancelled, or just then: its error, that of the lowest, its channel. */
interface Seen {
  highest: number;
  lowest: number;
  closed: number;
}
const deep = (name: string, second: (() => number) | undefined, check: (r: Seen) => void): CoreModel => {
  let grandchild = 0;
  const looks: Act[] = [
    (c) => c["errOf"](parent),
    (c) => c["errOf"](grandchild),
    // After the lock of a context above it has been waited for, no race.
    (c) => memory.get(memory.get(grandchild + c["CTX_DONE"]) + c["C_CLOSED"]),
  ];
  return contexts(
    name,
    { a: [cancels(top)], b: second === undefined ? looks.slice(0, 2) : [cancels(second), ...looks] },
    (r) => {
      const [highest, lowest, closed] = r["b"]!.slice(second === undefined ? 0 : 1) as [number, number, number];
      check({ highest, lowest, closed });
    },
    undefined,
    (w) => {
      grandchild = by(w, (c) => c["newCancelCtx"](child));
      by(w, (c) => c["doneOf"](grandchild));
    },
  );
};

const trees: readonly CoreModel[] = [
  contexts("a child is made while its parent is cancelled", { a: [cancels(top)], b: [makesChild] }, (_r, w) => {
    assert(err(w, made) === CANCELED, "the parent is cancelled, and the child is not");
    assert(children(w, parent) === 0, "a cancelled context has children");
  }),
  contexts(
    "a child with a deadline is made while its parent is cancelled",
    { a: [cancels(top)], b: [makesDeadline] },
    (_r, w) => {
      assert(err(w, made) === CANCELED, "the parent is cancelled, and the child is not");
      assert(running(w) === 0, "the timer of a cancelled context runs on");
    },
  ),
  contexts("cancelled by two", { a: [cancels(below)], b: [cancels(below)] }, (_r, w) => {
    assert(err(w, child) === CANCELED && children(w, parent) === 0, "not cancelled, or still a child");
  }),
  deep("who comes second to cancel finds all below cancelled", top, (r) =>
    assert(r.lowest === CANCELED && r.closed === 1, `error ${r.lowest}, closed ${r.closed}`),
  ),
  deep("who comes second to cancel in the middle of a tree", below, (r) =>
    assert(r.lowest === CANCELED && r.closed === 1, `error ${r.lowest}, closed ${r.closed}`),
  ),
  deep("who sees an error sees those of all below", undefined, (r) =>
    assert(r.highest !== CANCELED || r.lowest === CANCELED, "there is none below"),
  ),
  contexts("parent and child are cancelled at once", { a: [cancels(top)], b: [cancels(below)] }, (_r, w) => {
    assert(err(w, child) === CANCELED && err(w, parent) === CANCELED, "not cancelled");
    assert(children(w, parent) === 0, "a cancelled context has children");
  }),
  contexts("two children leave their parent, one comes", { a: [cancels(below)], b: [makesChild] }, (_r, w) => {
    assert(children(w, parent) === made && memory.get(made + w.host["CTX_NEXT"]) === 0, "not the one that is left");
  }),
  contexts("who waits is woken", { a: [cancels(top)], b: waits }, (r) =>
    assert(r["b"]![1] === CANCELED, `woken with error ${String(r["b"]![1])}`),
  ),
  contexts("two ask for the channel while it is cancelled", { a: [cancels(below)], b: waits, c: waits }, (r) =>
    assert(r["b"]![1] === CANCELED && r["c"]![1] === CANCELED, "woken without an error"),
  ),
  contexts(
    "cancelled while its deadline passes",
    { a: [timers], b: [cancels(below)], c: waits },
    (r, w) => {
      assert([CANCELED, DEADLINE_EXCEEDED].includes(r["c"]![1] as number), `woken with error ${String(r["c"]![1])}`);
      assert(err(w, child) === r["c"]![1], "the error has changed");
      assert(children(w, parent) === 0, "it is still a child");
    },
    0,
  ),
  contexts(
    "cancelled long before its deadline",
    { a: [cancels(below)], b: [cancels(top)] },
    (_r, w) => assert(running(w) === 0, "its timer runs on"),
    1000,
  ),
];

/** Group and context of the running execution, and a word that its goroutines count in. */
let group = 0;
let ctx = 0;
let counter = 0;

/** A goroutine function that the compiler might have made, whose body is a plain function of its argument. */
const defines =
  (name: string, f: (arg: unknown) => void) =>
  (c: Core): unknown => {
    const compiled = (_g: number, _fp: number, _pc: number, _sent: unknown, arg: unknown): undefined => void f(arg);
    return (function* () {
      const meta = { params: 1, rest: false, file: "", lines: [0] };
      const id = (yield* c["register"](`model#${name}`, name, compiled, meta) as Body<number>) as number;
      c["setObject"](
        id,
        Object.assign(() => undefined, { $c: compiled, $id: id << 12, $name: name }),
      );
    })();
  };
const go = (name: string, arg: unknown): Act =>
  function* (c, g, fp) {
    const id = (yield* c["idOf"](`model#${name}`) as Body<number>) as number;
    const handle = c["handleAt"](c["HANDLE_ERRGROUP"], group) as Record<string, (...a: unknown[]) => unknown>;
    return yield* now(handle["$go"]!(g, fp, 0, undefined, c["objects"][id], arg));
  };
const waitAll: Act = function* (c, g, fp) {
  return yield* now(c["handleAt"](c["HANDLE_ERRGROUP"], group)["$wait"](g, fp));
};
/** With a context, and at most `limit` goroutines at a time (0: any number). */
const begins = (limit: number): Act =>
  function* (c) {
    const made = (yield* now(c["groupWithContext"](yield* now(c["background"]())))) as Record<string, { addr: number }>;
    group = made["group"]!.addr;
    ctx = made["ctx"]!.addr;
    if (limit > 0) yield* now(c["handleAt"](c["HANDLE_ERRGROUP"], group)["setLimit"](limit));
  };

const errgroups = (
  name: string,
  main: readonly Act[],
  check: (r: unknown[], w: World) => void,
  preemptions = 1,
): CoreModel =>
  coreModel(
    `errgroup: ${name}`,
    {
      procs: 2,
      open: true,
      goroutines: { main },
      register: function* (c) {
        const throws = (what: unknown): void => {
          throw new Error(String(what));
        };
        yield* defines("fails", throws)(c) as Body;
        yield* defines("counts", () => memory.set(counter, memory.get(counter) + 1))(c) as Body;
      },
    },
    (w) => {
      memory = w.memory;
      counter = w.token();
      w.queued(0, "main");
    },
    (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1) }),
    (_s, w) => {
      const r = w.results["main"] ?? [];
      assert(r.length === main.length, `main has done ${r.length} of ${main.length}`);
      assert(memory.get(group + w.host["EG_ACTIVE"]) === 0, "goroutines are active after the wait");
      check(r, w);
    },
    { mayBlock: true, maxSteps: 5000, search: { preemptions } },
  );

const groups: readonly CoreModel[] = [
  errgroups(
    "one fails, and who waits sees its error",
    [begins(0), go("fails", "x"), waitAll],
    (r) => assert(r[2] === "x", `wait threw ${String(r[2])}`),
    2,
  ),
  errgroups("two fail, and the first error wins", [begins(0), go("fails", "x"), go("fails", "y"), waitAll], (r, w) => {
    assert(r[3] === "x" || r[3] === "y", `wait threw ${String(r[3])}`);
    assert(memory.get(ctx + w.host["CTX_ERR"]) === CANCELED, "the context is not cancelled");
    const c = w.m(0);
    c["setg"](1);
    const cause = w.now<Error>(c["handleAt"](c["HANDLE_CANCELCTX"], ctx)["cause"]());
    assert(cause.message === r[3], `the cause is ${cause.message}, and wait threw ${String(r[3])}`);
  }),
  // Without the limit the two would race for the counter.
  errgroups("at most one at a time", [begins(1), go("counts", 0), go("counts", 0), waitAll], () =>
    assert(memory.get(counter) === 2, `counted ${memory.get(counter)}`),
  ),
];

export const models: readonly CoreModel[] = [...trees, ...groups];
