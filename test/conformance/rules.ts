/**
 * An independent model of one P: runnext, the ring of 256, the overflow of half of it to the global queue, the look at the
 * global queue at each 61st tick and its batches. Written from the rules (S05 to S08 of the catalogue) and not
 * from our scheduler, so that the two can disagree.
 */
const RING = 256;

/**
 * The order in which goroutines 0..n-1 run that one goroutine starts and that do nothing but end, when their creator then
 * blocks for ever. `tick`: schedtick at that moment.
 */
export function orderOnOneP(n: number, tick: number): number[] {
  const ring: number[] = [];
  const global: number[] = [];
  let next: number | undefined;
  for (let g = 0; g < n; g++) {
    const kicked = next;
    next = g;
    if (kicked === undefined) continue;
    if (ring.length === RING) global.push(...ring.splice(0, RING / 2), kicked);
    else ring.push(kicked);
  }
  const order: number[] = [];
  while (order.length < n) {
    let g: number | undefined;
    let inherits = false;
    if (tick % 61 === 0) g = global.shift();
    if (g === undefined && next !== undefined) {
      g = next;
      next = undefined;
      inherits = true;
    }
    g ??= ring.shift();
    if (g === undefined) {
      const batch = global.splice(0, Math.min(global.length, global.length + 1, RING / 2));
      g = batch.shift()!;
      ring.push(...batch);
    }
    if (!inherits) tick++;
    order.push(g);
  }
  return order;
}
