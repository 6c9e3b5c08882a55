/**
 * Which locals are live across which suspension point: a backward pass over the structure. Loops are repeated until
 * nothing changes. Any statement may throw, so what the enclosing catch or finally needs is live all through the try.
 *
 * A statement kept from the source counts as one: it uses all it names, and replaces only what a plain assignment
 * replaces. That may keep a local a little too long, never too short.
 */
import type { GoFn } from "./gofn.js";
import type { Code, Frag, Stmt } from "./ir.js";
import type { Local } from "./locals.js";

type Bits = bigint;

interface Context {
  /** Needed when an exception leaves the statement. */
  readonly thrown: Bits;
  readonly jumps: ReadonlyMap<object, { readonly break: Bits; readonly continue: Bits }>;
}

export class Liveness {
  private readonly cache = new Map<Frag, Bits>();
  /** Live across some point. */
  spilled: Bits = 0n;

  constructor(private readonly fn: GoFn) {}

  run(body: Stmt): void {
    this.before(body, 0n, { thrown: 0n, jumps: new Map() });
  }

  private uses(frag: Frag | undefined): Bits {
    if (frag === undefined) return 0n;
    let bits = this.cache.get(frag);
    if (bits === undefined) this.cache.set(frag, (bits = this.scan(frag)));
    return bits;
  }

  private scan(frag: Frag): Bits {
    let bits = 0n;
    for (const part of frag) {
      if (typeof part === "string" || "fsz" in part || "ahead" in part) continue;
      if ("local" in part) {
        if (part.assigned !== true) bits |= part.local.bit;
        continue;
      }
      const whole = part.subst?.get(part.node);
      if (whole !== undefined) {
        bits |= this.scan(whole);
        continue;
      }
      for (const use of this.fn.locals.between(part.node.start, part.node.end)) {
        if (part.subst && [...part.subst.keys()].some((n) => use.start >= n.start && use.end <= n.end)) continue;
        // A box is read even where its content is only written.
        if (use.local && use.instead === undefined && (use.read || use.local.boxed)) bits |= use.local.bit;
        for (const l of use.also) bits |= l.bit;
      }
      part.subst?.forEach((f) => (bits |= this.scan(f)));
    }
    return bits;
  }

  private jumped(s: Code, cx: Context): Bits {
    let bits = 0n;
    for (const j of s.jumps) {
      if (j.kind === "return" || j.to === undefined) continue;
      bits |= cx.jumps.get(j.to)?.[j.kind] ?? 0n;
    }
    return bits;
  }

  private code(s: Code, after: Bits, cx: Context): Bits {
    if (s.always) return after;
    let kept = s.ends ? 0n : after;
    for (const l of s.kills) kept &= ~l.bit;
    let bits = this.uses(s.frag) | this.jumped(s, cx) | cx.thrown | kept;
    for (const l of s.also) bits |= l.bit;
    return bits;
  }

  /** What is live before a statement, given what is live after it. */
  private before(s: Stmt, after: Bits, cx: Context): Bits {
    switch (s.type) {
      case "code":
        return this.code(s, after, cx);
      case "def":
        return after;
      case "point": {
        const across = after | cx.thrown;
        s.live = this.list(across, s.live);
        this.spilled |= across;
        return across | this.uses(s.prepare) | this.uses(s.call);
      }
      case "seq": {
        let live = after;
        for (let i = s.list.length - 1; i >= 0; i--) live = this.before(s.list[i]!, live, cx);
        for (const l of s.own) live &= ~l.bit;
        return live;
      }
      case "if":
        return (
          this.uses(s.test) |
          cx.thrown |
          this.before(s.cons, after, cx) |
          (s.alt ? this.before(s.alt, after, cx) : after)
        );
      case "loop":
        return this.loop(s, after, cx);
      case "labeled":
        return this.before(s.body, after, withJump(cx, s.key, after, 0n));
      case "switch": {
        const inside = withJump(cx, s.key, after, 0n);
        let live = after;
        let bits = this.uses(s.value) | cx.thrown | (s.hasDefault ? 0n : after);
        for (let i = s.cases.length - 1; i >= 0; i--) {
          const one = s.cases[i]!;
          live = this.before(one.body, live, inside);
          bits |= live | this.uses(one.label);
        }
        return bits;
      }
      case "try": {
        const final = s.finalizer ? this.uses(s.finalizer.frag) | this.jumped(s.finalizer, cx) : 0n;
        const out = after | final;
        let thrown = cx.thrown | final;
        if (s.handler) thrown = this.code(s.handler, out, { ...cx, thrown });
        return this.before(s.body, out, { ...cx, thrown });
      }
    }
  }

  private loop(s: Stmt & { type: "loop" }, after: Bits, cx: Context): Bits {
    const test = this.uses(s.test) | cx.thrown | (s.test === undefined ? 0n : after);
    let head = test;
    for (;;) {
      const next = s.post ? test | head : this.uses(s.update) | cx.thrown | head;
      const body = this.before(s.body, next, withJump(cx, s.key, after, next));
      const wider = (s.post ? head : test) | body;
      if (wider === head || (wider | head) === head) {
        if (s.post || s.stretch?.cut !== true) return s.post ? body : head;
        // Looks before its test, not behind it.
        s.check.live = this.list(head, s.check.live);
        this.spilled |= head;
        return head;
      }
      head |= wider;
    }
  }

  private list(bits: Bits, before: Local[]): Local[] {
    const out = this.fn.locals.all.filter((l) => (bits & l.bit) !== 0n || before.includes(l));
    return out;
  }
}

function withJump(cx: Context, key: object, broken: Bits, continued: Bits): Context {
  const jumps = new Map(cx.jumps);
  jumps.set(key, { break: broken, continue: continued });
  return { ...cx, jumps };
}

/**
 * Gives every spilled local a slot. Parameters have theirs, because a spawned call finds them there; others share a
 * slot when they are never live together. Returns the frame size.
 */
export function assignSlots(params: readonly Local[], points: readonly { readonly live: readonly Local[] }[]): number {
  params.forEach((p, i) => (p.slot = i + 1));
  const together = new Map<Local, Set<Local>>();
  for (const { live } of points)
    for (const l of live) {
      let set = together.get(l);
      if (set === undefined) together.set(l, (set = new Set()));
      for (const other of live) set.add(other);
    }
  let top = params.length;
  for (const [l, others] of together) {
    if (l.slot > 0) continue;
    const taken = new Set([...others].map((o) => o.slot));
    let slot = 1;
    while (taken.has(slot)) slot++;
    l.slot = slot;
    top = Math.max(top, slot);
  }
  return top + 1;
}
