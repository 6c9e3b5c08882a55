/** What the tests of sync/ share: a runtime without threads (test/sched/world.ts) with a goroutine that is always running. */
import { flushMcache, memstats } from "../../src/arena/malloc.js";
import { retirepurge } from "../../src/sched/grace.js";
import { allp } from "../../src/sched/p.js";
import { setg } from "../../src/stack/current.js";
import { as, token, world } from "../sched/world.js";

export function fresh(procs: number): void {
  world(procs);
  setg(token());
}

/** Does something as M number i, later. */
export function asM(i: number, f: () => void): () => void {
  return () => as(i, f);
}

/** Objects in use, by size and kind ("8/1": 8 bytes, KIND_WORDS), once nobody is in a read section and the caches are empty. */
export function inUse(procs: number): Record<string, number> {
  for (let i = 0; i < procs; i++) retirepurge(allp(i));
  for (let i = 0; i < procs; i++) flushMcache(i);
  const s = memstats();
  const r: Record<string, number> = s.large.objects > 0 ? { large: s.large.objects } : {};
  for (const c of s.classes) if (c.allocated > 0) r[`${c.size}/${c.kind}`] = c.allocated;
  return r;
}
