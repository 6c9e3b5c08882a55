/**
 * The report of a goroutine that keeps its P and cannot be made to give way. No M can make it: the one in question is busy, and
 * the others may be asleep or not exist. So the first M tells the host what functions it has loaded, and the host looks
 * into the arena: for the goroutine that runs on that M, its outermost frame, and its go statement.
 */
import { I } from "../arena/arena.js";
import { G_FN, G_GOPC, G_GOPCLINE, G_LASTM, G_STACK, G_STATUS, KIND_G } from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import type { FuncInfo } from "../sched/hostlink.js";
import { goidOf } from "../sched/gname.js";
import { Grunning } from "../sched/status.js";
import { goroutineText, pathOf, type Frame } from "../sched/traceback.js";

export class HeldReports {
  private readonly funcs = new Map<number, FuncInfo>();
  /** Goroutines that were reported: once is enough. */
  private readonly told = new Set<number>();

  learn(funcs: readonly FuncInfo[]): void {
    for (const f of funcs) this.funcs.set(f.id, f);
  }

  /** The text of the report; undefined if there is no such goroutine any more, or it was reported before. */
  report(m: number, p: number, ms: number): string | undefined {
    let g = 0;
    forEachObject(KIND_G, (other) => {
      // Plain reads of what a running thread writes: at worst this names the goroutine that came after it.
      if (I[other + G_STATUS] === Grunning && I[other + G_LASTM] === m) g = other;
    });
    if (g === 0 || this.told.has(goidOf(g))) return undefined;
    this.told.add(goidOf(g));
    const id = I[g + G_FN]!;
    // Where its outermost function stood when it last suspended: it has gone on from there.
    const at = I[I[g + G_STACK]! << 1]!;
    const frame = this.frame(at >>> 12, at & 0xfff) ?? this.frame(id, 0) ?? { name: "func", file: "", line: 0 };
    const by = this.funcs.get(I[g + G_GOPC]!);
    const text = goroutineText({
      id: goidOf(g),
      name: this.funcs.get(id)?.name ?? "func",
      state: "running",
      locked: false,
      frames: [frame],
      createdBy: by && { name: by.name, file: pathOf(by.file), line: I[g + G_GOPCLINE]! },
    });
    return (
      `gosched: goroutine ${goidOf(g)} has kept P${p} for ${(ms / 1000).toFixed(1)} s; it went on from the line below, into code that ` +
      `cannot be interrupted: call that inside syscall(), or yield* gosched() between its parts\n${text}\n`
    );
  }

  private frame(id: number, pc: number): Frame | undefined {
    const f = this.funcs.get(id);
    if (f === undefined || f.file === "") return undefined;
    return { name: f.name, file: pathOf(f.file), line: f.lines[pc === 0xfff ? 0 : pc] ?? f.lines[0] ?? 0 };
  }
}
