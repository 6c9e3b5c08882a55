/** A goroutine that waits for a timer or for the network is in no queue and keeps no thread. */
import { expect, it } from "vitest";
import { type Runtime, start } from "gosched";
import { waits } from "./programs/waiting.js";

async function until(rt: Runtime, state: string): Promise<void> {
  for (;;) {
    const list = await rt.goroutines();
    if (list.length === 100 && list.every((g) => g.state === state)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it.each([
  ["qa T34: a sleeping goroutine", false, "sleep"],
  ["notes D22: a goroutine that waits for a connection", true, "IO wait"],
])("%s", async (_name, network, state) => {
  const rt = await start({ procs: 1 });
  await rt.go(waits, network);
  await until(rt, state);
  // One for the P, one spare for blocking calls: a hundred that wait need no more.
  expect(rt.stats().threads).toBeLessThanOrEqual(2);
  const [before] = rt.stats().perP;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(rt.stats().perP[0]!.run).toBe(before!.run);
  await rt.close();
});
