/**
 * The order in which things are measured against each other.
 *
 * Each cell (a program at a number of Ps) has some sides, A, B, C... A round measures every cell once: A B C in one round,
 * C B A in the next, so that neither side is always the one that finds the machine warm. Rounds go over all cells
 * instead of finishing one after the other, so that a bad minute of the machine costs every cell one measurement of each
 * side and no cell all of its own.
 */

export interface Cell<T> {
  name: string;
  /** Each is told which round it is, from 0. */
  sides: ReadonlyArray<(round: number) => Promise<T>>;
}

export interface Rounds<T> {
  name: string;
  /** What each round gave, in the order of the sides. */
  rounds: T[][];
  /** What ended this cell early. A cell with an error has no result, however many rounds it has. */
  error?: Error;
}

export interface Pace {
  runs: number;
  /** No round starts that would, as long as the one before it, end later than this many ms after now. */
  budgetMs?: number;
  onProgress?: (round: number, cell: string) => void;
}

export async function interleave<T>(cells: ReadonlyArray<Cell<T>>, pace: Pace): Promise<Array<Rounds<T>>> {
  const results = cells.map((cell): Rounds<T> => ({ name: cell.name, rounds: [] }));
  const begin = performance.now();
  for (let round = 0; round < pace.runs; round++) {
    const elapsed = performance.now() - begin;
    if (round > 0 && elapsed + elapsed / round > (pace.budgetMs ?? Infinity)) break;
    for (const [i, cell] of cells.entries()) {
      const result = results[i] as Rounds<T>;
      if (result.error !== undefined) continue;
      pace.onProgress?.(round, cell.name);
      try {
        result.rounds.push(await measureSides(cell, round));
      } catch (error) {
        result.error = error instanceof Error ? error : new Error(String(error));
      }
    }
  }
  return results;
}

async function measureSides<T>(cell: Cell<T>, round: number): Promise<T[]> {
  const backwards = round % 2 === 1;
  const measured: T[] = [];
  for (const side of backwards ? cell.sides.toReversed() : cell.sides) measured.push(await side(round));
  return backwards ? measured.reverse() : measured;
}
