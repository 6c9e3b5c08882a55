/**
 * The order in which two things are measured against each other.
 *
 * Each cell (a benchmark at a number of Ps) has two sides, A and B. A round measures every cell once: first A then B
 * in one round, first B then A in the next (A B B A A B B A ...), so that neither side is always the one that finds the
 * machine warm. Rounds go over all cells instead of finishing one after the other, so that a bad minute of the machine
 * costs every cell one pair and no cell all of its pairs.
 */

export interface Cell<T> {
  name: string;
  a: () => Promise<T>;
  b: () => Promise<T>;
}

export interface Pairs<T> {
  name: string;
  pairs: Array<{ a: T; b: T }>;
  /** What ended this cell early. A cell with an error has no result, however many pairs it has. */
  error?: Error;
}

export interface Pace {
  runs: number;
  /** No round starts that would, as long as the one before it, end later than this many ms after now. */
  budgetMs?: number;
  onProgress?: (round: number, cell: string) => void;
}

export async function interleave<T>(cells: ReadonlyArray<Cell<T>>, pace: Pace): Promise<Array<Pairs<T>>> {
  const results = cells.map((cell): Pairs<T> => ({ name: cell.name, pairs: [] }));
  const begin = performance.now();
  for (let round = 0; round < pace.runs; round++) {
    const elapsed = performance.now() - begin;
    if (round > 0 && elapsed + elapsed / round > (pace.budgetMs ?? Infinity)) break;
    for (const [i, cell] of cells.entries()) {
      const result = results[i] as Pairs<T>;
      if (result.error !== undefined) continue;
      pace.onProgress?.(round, cell.name);
      try {
        result.pairs.push(round % 2 === 0 ? await forwards(cell) : await backwards(cell));
      } catch (error) {
        result.error = error instanceof Error ? error : new Error(String(error));
      }
    }
  }
  return results;
}

async function forwards<T>(cell: Cell<T>): Promise<{ a: T; b: T }> {
  const a = await cell.a();
  return { a, b: await cell.b() };
}

async function backwards<T>(cell: Cell<T>): Promise<{ a: T; b: T }> {
  const b = await cell.b();
  return { a: await cell.a(), b };
}
