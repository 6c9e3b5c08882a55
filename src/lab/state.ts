/**
 * What a sweep has measured so far, in a file of one JSON object a line: each result is appended as soon as it is there, so
 * that an interrupted sweep goes on where it was. The first line says what the results belong to.
 *
 * A line that was cut off (the machine went down while it was written) is ignored. Of a round of a cell that is not
 * complete nothing is kept: its sides would be measured at different times, and it is their nearness that makes them comparable.
 */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { LabError } from "./fail.js";
import type { Trial } from "./spec.js";

/** A result, or what went wrong. */
export type Result = { trial: Trial } | { error: string };

export interface Head {
  /** fingerprint() of the plan. */
  plan: string;
  seed: number;
  unitsPerUs: number;
  begun: string;
}

type Line =
  | ({ kind: "head" } & Head)
  | { kind: "capacity"; key: string; gap: number }
  | ({ kind: "result"; cell: string; side: number; round: number } & Result);

export class State {
  private readonly results = new Map<string, Result>();
  private readonly gaps = new Map<string, number>();
  readonly resumed: number;

  private constructor(
    readonly file: string,
    readonly head: Head,
    lines: readonly Line[],
    sides: number,
  ) {
    const rounds = new Map<string, Extract<Line, { kind: "result" }>[]>();
    for (const line of lines) {
      if (line.kind === "capacity") this.gaps.set(line.key, line.gap);
      if (line.kind !== "result") continue;
      const round = `${line.cell} ${line.round}`;
      rounds.set(round, [...(rounds.get(round) ?? []).filter((other) => other.side !== line.side), line]);
    }
    for (const round of rounds.values())
      if (round.length === sides)
        for (const line of round)
          this.results.set(
            `${line.cell} ${line.side} ${line.round}`,
            "trial" in line ? { trial: line.trial } : { error: line.error },
          );
    this.resumed = this.results.size;
  }

  /** Goes on with the sweep in `file` if it is the same plan; else begins a new one. `head`: of a new one. */
  static open(file: string, head: Head, sides: number, fresh: boolean): State {
    const lines = fresh ? [] : read(file);
    const old = lines[0]?.kind === "head" ? lines[0] : undefined;
    try {
      if (old?.plan === head.plan) return new State(file, old, lines, sides);
      writeFileSync(file, `${JSON.stringify({ kind: "head", ...head } satisfies Line)}\n`);
    } catch (error) {
      throw new LabError(
        `cannot write the state of the sweep: ${(error as Error).message}; choose a place with --state`,
      );
    }
    return new State(file, head, [], sides);
  }

  result(cell: string, side: number, round: number): Result | undefined {
    return this.results.get(`${cell} ${side} ${round}`);
  }

  put(cell: string, side: number, round: number, result: Result): void {
    this.results.set(`${cell} ${side} ${round}`, result);
    this.append({ kind: "result", cell, side, round, ...result });
  }

  gap(key: string): number | undefined {
    return this.gaps.get(key);
  }

  putGap(key: string, gap: number): void {
    this.gaps.set(key, gap);
    this.append({ kind: "capacity", key, gap });
  }

  private append(line: Line): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }

  /** The sweep is complete and its results are elsewhere. */
  remove(): void {
    rmSync(this.file, { force: true });
  }
}

function read(file: string): Line[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return []; // none yet
  }
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}
