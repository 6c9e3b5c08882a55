/**
 * What the allocator holds, by a walk over all runs. Exact while nobody allocates; otherwise a picture in which some
 * parts are newer than others (the walk takes no lock, see mspan.ts).
 */
import { I } from "./arena.js";
import { H_WORDS, MAX_PROCS, NUM_KINDS } from "./layout.js";
import { cachesTiny, forEachCached } from "./mcache.js";
import { heapInuse, heapSys } from "./mheap.js";
import { forEachSpan } from "./mspan.js";
import { SP_CARVED, SP_CLASS, SP_ELEM, SP_NALLOC, SP_NELEMS, SPAN_FREE, SPAN_LARGE } from "./layout.js";
import { CLASS_TO_SIZE, PAGE_BYTES } from "./sizeclasses.js";

export interface ClassStats {
  /** Size class; 0: large objects. */
  cls: number;
  kind: number;
  /** Bytes of an object; of large ones 0. */
  size: number;
  spans: number;
  /** Objects that the spans can hold. */
  capacity: number;
  /** Objects in use or in an mcache. */
  allocated: number;
  /** Of these, in an mcache. */
  cached: number;
  /** Objects that were handed out at least once. */
  carved: number;
}

export interface MemStats {
  /** Bytes of the arena, tables included. */
  arena: number;
  /** Bytes of the heap: all pages behind the tables. */
  heapSys: number;
  /** Bytes of pages in spans in use. */
  heapInuse: number;
  pages: number;
  pagesInuse: number;
  pagesFree: number;
  /** Free runs; 1 (or 0) when nothing is fragmented. */
  freeRuns: number;
  /** Pages of the longest one. */
  largestRun: number;
  /** Spans in use, large ones included. */
  spans: number;
  large: { objects: number; bytes: number };
  /** By span class, those in use only. */
  classes: ClassStats[];
  /** mcaches that hold something. `p`: number of the P, MAX_PROCS: the host. */
  mcaches: { p: number; objects: number; bytes: number; tiny: boolean }[];
}

export function memstats(): MemStats {
  const st: MemStats = {
    arena: I[H_WORDS]! * 4,
    heapSys: heapSys(),
    heapInuse: heapInuse(),
    pages: heapSys() / PAGE_BYTES,
    pagesInuse: heapInuse() / PAGE_BYTES,
    pagesFree: 0,
    freeRuns: 0,
    largestRun: 0,
    spans: 0,
    large: { objects: 0, bytes: 0 },
    classes: [],
    mcaches: [],
  };
  const byClass = new Map<number, ClassStats>();
  const classStats = (spanclass: number): ClassStats => {
    let c = byClass.get(spanclass);
    if (c === undefined) {
      const cls = Math.floor(spanclass / NUM_KINDS);
      c = {
        cls,
        kind: spanclass % NUM_KINDS,
        size: CLASS_TO_SIZE[cls]!,
        spans: 0,
        capacity: 0,
        allocated: 0,
        cached: 0,
        carved: 0,
      };
      byClass.set(spanclass, c);
    }
    return c;
  };
  forEachSpan((s, state, npages) => {
    if (state === SPAN_FREE) {
      st.pagesFree += npages;
      st.freeRuns++;
      st.largestRun = Math.max(st.largestRun, npages);
      return;
    }
    st.spans++;
    if (state === SPAN_LARGE) {
      st.large.objects++;
      st.large.bytes += I[s + SP_ELEM]! * 4;
    }
    const c = classStats(I[s + SP_CLASS]!);
    c.spans++;
    c.capacity += I[s + SP_NELEMS]!;
    c.allocated += I[s + SP_NALLOC]!;
    c.carved += I[s + SP_CARVED]!;
  });
  for (let p = 0; p <= MAX_PROCS; p++) {
    let objects = 0;
    let bytes = 0;
    forEachCached(p, (spanclass, n) => {
      const c = classStats(spanclass);
      c.cached += n;
      objects += n;
      bytes += n * c.size;
    });
    const tiny = cachesTiny(p);
    if (objects > 0 || tiny) st.mcaches.push({ p, objects, bytes, tiny });
  }
  st.classes = [...byClass.entries()].sort((a, b) => a[0] - b[0]).map((e) => e[1]);
  return st;
}
