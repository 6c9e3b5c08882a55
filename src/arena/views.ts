/**
 * The views of this thread over its arena, as bindings that can change: the host may own several runtimes one after the other
 * and attaches to the one it works on. An M has one arena for its life: its bundle has workers/views.ts in this place.
 */
export let I: Int32Array = new Int32Array(0);
export let F: Float64Array = new Float64Array(0);
export let U8: Uint8Array = new Uint8Array(0);

export type Views = readonly [Int32Array, Float64Array, Uint8Array];

export function viewsOf(buffer: SharedArrayBuffer): Views {
  return [new Int32Array(buffer), new Float64Array(buffer), new Uint8Array(buffer)];
}

/** For arena.ts only. */
export function setViews(views: Views): void {
  [I, F, U8] = views;
}
