import { background, type Context, goroutine, withCancel } from "gosched";

const DEPTH = 100;

/** n times a chain of 100 contexts, each below the one before; the first one is cancelled, and with it all. */
export const contextCancelTree = goroutine(function* contextCancelTree(n: number) {
  let canceled = 0;
  for (let i = 0; i < n; i++) if (tree()) canceled++;
  return canceled;
});

function tree(): boolean {
  const root = withCancel(background());
  let ctx: Context = root;
  for (let d = 1; d < DEPTH; d++) ctx = withCancel(ctx);
  root.cancel();
  return ctx.err() !== undefined;
}
