import { park, type Side } from "./sides.js";

export const PARKED = 1_000_000;

/** The size of a process in MB (10^6 bytes) in which a million goroutines are parked. */
export interface MemoryUse {
  side: Side["name"];
  /** Each on a channel of its own. */
  daisy_mb: number;
  /** All on one channel. */
  gate_mb: number;
}

/** One fresh process for each number: memory, unlike time, hardly differs from run to run. */
export async function memoryUses(
  sides: readonly Side[],
  onProgress: (round: number, cell: string) => void,
): Promise<MemoryUse[]> {
  const uses: MemoryUse[] = [];
  for (const side of sides) {
    const mb = async (name: "Daisy" | "Gate"): Promise<number> => {
      onProgress(0, `memory, ${name}, ${side.name}`);
      return (await park(side, name, PARKED, 2)).rss / 1e6;
    };
    uses.push({ side: side.name, daisy_mb: await mb("Daisy"), gate_mb: await mb("Gate") });
  }
  return uses;
}
