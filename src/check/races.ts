/**
 * Data races: two threads touch a word, at least one writes, at least one plainly, and no atomic operation orders the two
 * (FastTrack's idea: vector clocks for threads and for synchronising words, epochs for accesses; Flanagan and Freund, PLDI
 * 2009).
 *
 * What orders: a store or successful exchange on a word happens before a load of that word that sees it; a notify before
 * the waking of who slept. The set-up of a model happens before all threads.
 */
import { Violation, type Machine } from "./machine.js";

/** Accesses of a word so far: the last write, and the last read of each thread, plain and atomic apart. */
interface History {
  plain: Accesses;
  atomic: Accesses;
}
interface Accesses {
  /** Last writer and its time; -1 none. */
  w: number;
  wt: number;
  wsite: number;
  /** Times and places of the last read by each thread. */
  r: number[];
  rsite: number[];
}
const none = (): Accesses => ({ w: -1, wt: 0, wsite: 0, r: [], rsite: [] });

export class Races {
  /** Set to false by models of code that is meant to race only through `racy`. */
  on = true;
  private clocks: number[][] = [];
  private readonly sync = new Map<number, number[]>();
  private readonly history = new Map<number, History>();
  /** Writes to words that are read by `racy`, in their order: who wrote, when, and what was there before. */
  private readonly writes = new Map<number, { writer: number; time: number; before: number }[]>();

  constructor(private readonly machine: Machine) {}

  reset(threads: number): void {
    this.sync.clear();
    this.history.clear();
    this.writes.clear();
    this.clocks = Array.from({ length: threads }, (_, t) =>
      Array.from({ length: threads }, (_, i) => (i === t ? 1 : 0)),
    );
  }

  /** Thread t has seen what was released on word a. */
  acquire(a: number, t: number): void {
    if (t < 0) return;
    const l = this.sync.get(a);
    if (l !== undefined) joinInto(this.clocks[t]!, l);
  }

  /** Thread t publishes all it did so far on word a. */
  release(a: number, t: number): void {
    if (t < 0) return;
    const c = this.clocks[t]!;
    this.sync.set(a, c.slice());
    c[t] = c[t]! + 1;
  }

  /** Thread `by` has woken `t`. */
  join(t: number, by: number): void {
    if (by < 0) return;
    joinInto(this.clocks[t]!, this.clocks[by]!);
    this.clocks[by]![by] = this.clocks[by]![by]! + 1;
  }

  /** Thread t is about to write word a, which somebody reads by `racy`. */
  wrote(a: number, t: number, before: number): void {
    if (t < 0) return;
    const w = { writer: t, time: this.clocks[t]![t]!, before };
    const list = this.writes.get(a);
    if (list === undefined) this.writes.set(a, [w]);
    else list.push(w);
  }

  /**
   * What thread t may see of word a, whose value is `now`, by a plain read at worst: what was there before all writes that nothing
   * has ordered before this read (ECMA-262: a plain read sees any write that happens neither after it nor before a write that
   * happens before it).
   */
  oldest(a: number, t: number, now: number): number {
    const list = t < 0 ? [] : (this.writes.get(a) ?? []);
    let v = now;
    for (let i = list.length - 1; i >= 0; i--) {
      const { writer, time, before } = list[i]!;
      if (writer === t || time <= this.clocks[t]![writer]!) break;
      v = before;
    }
    return v;
  }

  /**
   * Thread t touches word a. An atomic access races with plain ones only. Of an atomic operation this comes after its
   * `acquire` and before its `release`.
   */
  access(a: number, t: number, site: number, write: boolean, atomic: boolean): void {
    if (!this.on || t < 0) return;
    let h = this.history.get(a);
    if (h === undefined) this.history.set(a, (h = { plain: none(), atomic: none() }));
    this.against(h.plain, a, t, site, write);
    if (!atomic) this.against(h.atomic, a, t, site, write);
    const own = atomic ? h.atomic : h.plain;
    const now = this.clocks[t]![t]!;
    if (write) {
      own.w = t;
      own.wt = now;
      own.wsite = site;
    } else {
      own.r[t] = now;
      own.rsite[t] = site;
    }
  }

  private against(x: Accesses, a: number, t: number, site: number, write: boolean): void {
    const c = this.clocks[t]!;
    const does = write ? "writes" : "reads";
    if (x.w >= 0 && x.w !== t && x.wt > c[x.w]!) this.report(a, "written", x.w, x.wsite, does, t, site);
    if (!write) return;
    for (let o = 0; o < x.r.length; o++)
      if (o !== t && (x.r[o] ?? 0) > c[o]!) this.report(a, "read", o, x.rsite[o]!, does, t, site);
  }

  private report(a: number, was: string, o: number, osite: number, does: string, t: number, site: number): never {
    const name = (i: number): string => this.machine.threads[i]!.name;
    const v = new Violation(
      "race",
      `word ${a} is ${was} by ${name(o)} at ${this.machine.place(osite).at}, and ${name(t)} ${does} it at ${this.machine.place(site).at}, with nothing that orders the two`,
    );
    this.machine.failed ??= v;
    throw v;
  }
}

function joinInto(c: number[], l: readonly number[]): void {
  for (let i = 0; i < c.length; i++) if (l[i]! > c[i]!) c[i] = l[i]!;
}
