/**
 * Statements to text.
 *
 * `$pc` is 0 while the function runs, and k on the way back to point k. Points are numbered in order, so every
 * statement covers a range of them. In a list, what does not suspend runs only while `$pc` is 0; what suspends is
 * entered when `$pc` is not behind it. A statement that has been passed leaves `$pc` at 0.
 *
 * `$pc` is tested as a truth value, `!$pc`, and not compared with 0: V8 learns the types of a comparison from its executions,
 * and a function that loops for long is compiled before it has recorded any of its first lines. Compiled without, it is thrown
 * away at its next call, and never compiled again while the loop runs as compiled on the stack (OSR), which is 3 to 5 times
 * slower here (measured: an LCG step 1.15 or 5.8 ns). A truth value needs no such record.
 */
import type { GoFn } from "./gofn.js";
import type { Frag, Loop, Point, Seq, Stmt, Switch, Try } from "./ir.js";
import type { Local } from "./locals.js";
import type { Printer } from "./print.js";
import type { Counted, Stretch } from "./stretch.js";

/** As in arena/tags.ts. */
const GONE = 0;

export class Emitter {
  constructor(
    private readonly fn: GoFn,
    private readonly printer: Printer,
    private readonly emitInline: (fn: GoFn) => void,
    /** Some point is inside a try: exceptions are thrown at the points, not at the entry. */
    private readonly throwsAtPoints: boolean,
  ) {}

  private get rt() {
    return this.fn.module.rt;
  }

  private text(s: string): void {
    this.printer.out.text(s);
  }

  private frag(f: Frag): void {
    this.printer.frag(f);
  }

  stmt(s: Stmt): void {
    switch (s.type) {
      case "code":
        this.frag(s.frag);
        this.text(" ");
        break;
      case "point":
        if (s.check) this.check(s);
        else this.point(s, [], true);
        break;
      case "def":
        this.text(`if (${this.rt.pc} === ${s.k}) return `);
        this.emitInline(s.fn);
        this.text("; ");
        break;
      case "seq":
        if (s.braces) this.body(s);
        else this.list(s.list);
        break;
      case "if":
        this.condition(s);
        break;
      case "loop":
        this.loop(s);
        break;
      case "labeled":
        this.text(s.label);
        this.body(s.body);
        break;
      case "switch":
        this.switch(s);
        break;
      case "try":
        this.try(s);
    }
  }

  /** A statement list, each part under its guard. What stands directly before a point shares the point's guard. */
  list(list: readonly Stmt[]): void {
    const { pc } = this.rt;
    const inside = (s: Stmt): boolean => s.hi > 0 && !(s.type === "point" && s.check);
    const last = list.findLastIndex(inside);
    const pending: Stmt[] = [];
    const flush = (): void => {
      if (pending.length > 0) this.text(`if (!${pc}) { `);
      for (const s of pending) this.stmt(s);
      if (pending.length > 0) this.text("} ");
      pending.length = 0;
    };
    list.forEach((s, i) => {
      const always = s.type === "code" && s.always;
      if (i <= last && !inside(s) && !always) {
        pending.push(s);
      } else if (s.type === "point" && !s.check) {
        this.point(s, pending, i === last);
        pending.length = 0;
      } else {
        flush();
        if (i >= last || always || s.type === "def") this.stmt(s);
        else {
          this.text(`if (${pc} <= ${s.hi}) { `);
          this.stmt(s);
          this.text("} ");
        }
      }
    });
  }

  /** A statement in braces. */
  body(s: Stmt): void {
    this.text("{ ");
    if (s.type === "seq") this.inside(s);
    else this.stmt(s);
    this.text("} ");
  }

  private inside(s: Seq): void {
    for (const l of s.own) this.text(`let ${l.name} = ${l.reload!}; `);
    for (const l of s.copies) this.text(`const ${l.copy!} = ${l.name}; `);
    this.list(s.list);
    if (s.end !== undefined) this.printer.out.sync(s.end);
  }

  private point(p: Point, before: readonly Stmt[], last: boolean): void {
    const { rt } = this;
    this.text(`if (!${rt.pc}) { `);
    for (const s of before) this.stmt(s);
    this.printer.out.sync(p.pos);
    this.frag(p.prepare);
    this.text(`${rt.sent} = `);
    this.frag(p.call);
    this.text(`; if (${rt.sent} === ${rt.SUSPEND}) { `);
    this.leave(p);
    this.text("} } else ");
    if (!last) this.text(`if (${rt.pc} === ${p.k}) `);
    this.text(this.throwsAtPoints ? `{ ${rt.pc} = 0; if (${rt.thrown}) throw ${rt.sent}; } ` : `${rt.pc} = 0; `);
  }

  /** Spills what is live and returns. */
  private leave(p: Point): void {
    const { rt } = this;
    const enter = `${rt.enter}(${rt.g}, ${rt.fp}, ${this.printer.frameSize}, ${this.fn.id} | ${p.k})`;
    this.text(p.live.length === 0 ? `${enter}; ` : `const ${rt.b} = ${enter}; `);
    for (const l of [...p.live].sort((a, b) => a.slot - b.slot)) this.text(this.spill(l));
    this.text(`return ${rt.SUSPEND}; `);
  }

  private spill(l: Local): string {
    const { rt } = this;
    const at = `${rt.b} + ${l.slot}`;
    if (l.settled) {
      // An activation that was resumed finds it in its slot, unless the slot owned it and gave it away.
      const gone = l.num ? "" : ` || ${rt.I}[(${at} << 1) + 1] === ${GONE}`;
      return `if (${rt.kept} === 0${gone}) ${l.num ? rt.putNum : rt.put}(${at}, ${l.name}); `;
    }
    if (l.num) return `${rt.putNum}(${at}, ${l.name}); `;
    if (l.defers) return `${rt.rt}.deferput(${at}, ${l.name}); `;
    return `${l.array ? rt.putArr : rt.put}(${at}, ${l.name}); `;
  }

  reload(l: Local): string {
    const { rt } = this;
    const name = l.reload ?? l.name;
    const at = `${rt.b} + ${l.slot}`;
    const get = l.settled ? rt.keep : l.defers ? `${rt.rt}.deferget` : rt.get;
    if (!l.num || l.settled) return `${name} = ${get}(${at}); `;
    // In the text of each function, not in a function for all: where only integers were ever read, V8 has no feedback for the
    // other branch and takes the local for an integer, so a loop runs as fast after it was stopped as before.
    return `${name} = ${rt.I}[((${at}) << 1) + 1] === ${rt.INT} ? ${rt.I}[(${at}) << 1] : ${rt.F}[${at}]; `;
  }

  private condition(s: Stmt & { type: "if" }): void {
    const { pc } = this.rt;
    const cons = s.cons.hi > 0;
    const alt = (s.alt?.hi ?? 0) > 0;
    this.text("if (");
    if (cons && alt) {
      this.text(`!${pc} ? (`);
      this.frag(s.test);
      this.text(`) : ${pc} <= ${s.cons.hi}`);
    } else if (cons || alt) {
      this.text(cons ? `${pc} || (` : `!${pc} && (`);
      this.frag(s.test);
      this.text(")");
    } else this.frag(s.test);
    this.text(") ");
    this.body(s.cons);
    if (s.alt) {
      this.text("else ");
      this.body(s.alt);
    }
  }

  private loop(s: Loop): void {
    if (s.stretch?.cut) this.stretched(s, s.stretch);
    else this.reentered(s);
  }

  /** On the way back to a point inside, the test is passed over. */
  private reentered(s: Loop): void {
    const { pc } = this.rt;
    const atCheck = s.check.k === s.hi ? `${pc} = 0; ` : `if (${pc} === ${s.check.k}) ${pc} = 0; `;
    const skip = s.test !== undefined && !s.post;
    if (!skip) this.text(atCheck);
    this.text(s.label);
    if (s.post) this.text("do { ");
    else {
      this.text(skip ? `for (; ${pc} || (` : "for (; ");
      if (s.test) this.frag(s.test);
      this.text(skip ? "); " : "; ");
      if (s.update) this.frag(s.update);
      this.text(") { ");
    }
    if (skip) this.text(atCheck);
    if (s.stretch === undefined) this.list(s.body.list);
    else {
      this.text(`if (!${pc}) { `);
      this.refill(s.check, s.stretch);
      this.text(`${s.stretch.left} = ${s.stretch.left} - 1 | 0; } `);
      this.list(s.body.list.slice(1));
    }
    this.text("} ");
    if (s.post) this.while(s.test!, "");
  }

  /**
   * A loop of stretches (stretch.ts). One that counts has the earlier end `$to`; any other counts `$left` down, to -1 if it came to
   * its end. Where the budget is kept, a loop that counts has nothing left while it runs, so that who jumps out of it to a loop around
   * finds a look at the next one. The user's label belongs to the inner loop; who leaves that leaves both.
   */
  private stretched(s: Loop, stretch: Stretch): void {
    const { pc, end, to } = this.rt;
    const { counted, left, next, kept } = stretch;
    const counter = counted ? to : left;
    this.text(`${pc} = 0; for (${kept ? "" : `let ${counter} = 0, ${next} = 1`}; ; ) { `);
    if (kept || !counted) this.refill(s.check, stretch);
    if (counted && !kept) {
      this.check(s.check, counted);
      this.text(`${to} = `);
      this.frag(counted.i);
      this.text(` + ${next}; if (!(${to} <= `);
      this.frag(counted.bound);
      this.text(`)) ${to} = `);
      this.frag(counted.bound);
      this.text(`; ${this.longer(stretch)}`);
    } else if (counted) {
      this.text(`const ${end} = `);
      this.frag(counted.i);
      this.text(` + ${left}, ${to} = ${end} <= `);
      this.frag(counted.bound);
      this.text(` ? ${end} : `);
      this.frag(counted.bound);
      this.text(`; ${left} = 0; `);
    }
    const more = `(${left} = ${left} - 1 | 0) >= 0`;
    const within: Frag = counted ? [...counted.i, ` ${counted.operator} ${to}`] : [more];
    this.text(s.label);
    if (s.post) this.text("do { ");
    else {
      this.text("for (; ");
      this.frag(within);
      if (!counted && s.test) {
        this.text(" && (");
        this.frag(s.test);
        this.text(")");
      }
      this.text("; ");
      if (s.update) this.frag(s.update);
      this.text(") { ");
    }
    this.list(s.body.list.slice(1));
    this.text("} ");
    if (s.post) this.while(s.test!, ` && ${more}`);
    if (counted) {
      if (kept) {
        this.text(`${left} = ${end} - `);
        this.frag(counted.i);
        this.text("; ");
      }
      this.text("if (");
      this.frag(within);
      this.text(" || !(");
      this.frag(s.test!);
      this.text(")) break; } ");
    } else this.text(`if (${left} !== -1) break; } `);
  }

  /** With nothing left: a look, and the next stretch. */
  private refill(check: Point, stretch: Stretch): void {
    const { left, next, counted, kept } = stretch;
    if (kept) this.text(`if (${left} < 1) { `);
    this.check(check, counted);
    this.text(`${left} = ${next}; ${this.longer(stretch)}`);
    if (kept) this.text("} ");
  }

  /** The next stretch is twice as long. When it is as long as it gets, the object of stack/stops.ts is read. */
  private longer({ next, max, counted }: Stretch): string {
    if (!counted) return `if (${next} < ${max}) ${next} += ${next}; `;
    return `if (${next} < ${max} && (${next} += ${next}) === ${max}) ${counted.stops}.n; `;
  }

  private while(test: Frag, more: string): void {
    this.text("while ((");
    this.frag(test);
    this.text(`)${more}); `);
  }

  /** Only a look; on the way back it has been passed. */
  private check(p: Point, counted?: Counted): void {
    const { rt } = this;
    this.text(`if (${rt.I}[${rt.guard}] < 0) { ${rt.sent} = ${rt.rt}.giveWay(); `);
    if (counted) this.text(`${counted.stops} = ${rt.rt}.stopped(${counted.stops}); `);
    this.leave(p);
    this.text("} ");
  }

  private switch(s: Switch): void {
    const { pc } = this.rt;
    this.text(`${s.label}switch (`);
    const entered = s.cases.filter((c) => c.body.hi > 0);
    if (entered.length > 0) {
      this.text(`!${pc} ? (`);
      this.frag(s.value);
      this.text(") : ");
      entered.forEach((c, i) => {
        if (i < entered.length - 1) this.text(`${pc} <= ${c.body.hi} ? `);
        this.frag(c.entry);
        if (i < entered.length - 1) this.text(" : ");
      });
    } else this.frag(s.value);
    this.text(") { ");
    for (const c of s.cases) {
      this.frag(c.label);
      this.text(" ");
      this.list(c.body.list);
    }
    this.printer.out.sync(s.end);
    this.text("} ");
  }

  private try(s: Try): void {
    const { rt } = this;
    this.text("try ");
    this.body(s.body);
    if (s.handler) this.frag(s.handler.frag);
    if (s.finalizer) {
      this.text(` finally { if (${rt.sent} !== ${rt.SUSPEND}) `);
      this.frag(s.finalizer.frag);
      this.text(" }");
    }
    this.text(" ");
  }
}
