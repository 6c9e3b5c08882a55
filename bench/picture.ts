/**
 * The picture of the README: ratios to Go as bars, drawn from what `npm run bench:go -- --json FILE` wrote.
 *
 *     npm run build && node dist/bench/picture.js FILE docs/benchmarks.svg
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Result {
  name: string;
  procs: number;
  ratio: number;
  lo: number;
  hi: number;
}

const ROW = 26;
const LEFT = 150;
const UNIT = 110;
const MAX = 4.2;

const escape = (s: string): string => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function picture(results: readonly Result[]): string {
  const names = [...new Set(results.map((r) => r.name))];
  const height = 60 + names.length * ROW * 1.6 + 30;
  const x = (ratio: number): number => LEFT + Math.min(ratio, MAX) * UNIT;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + MAX * UNIT + 60}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${LEFT}" y="20" font-size="14">time of gosched / time of Go (below 1: faster than Go)</text>`,
    `<rect x="${LEFT}" y="30" width="12" height="10" fill="#3572b0"/><text x="${LEFT + 18}" y="39">procs 1</text>`,
    `<rect x="${LEFT + 90}" y="30" width="12" height="10" fill="#9bbfe0"/><text x="${LEFT + 108}" y="39">procs 2</text>`,
  ];
  for (const mark of [0.5, 1, 2, 3, 4])
    out.push(
      `<line x1="${x(mark)}" y1="46" x2="${x(mark)}" y2="${height - 24}" stroke="${mark === 1 ? "#444" : "#ddd"}"/>`,
      `<text x="${x(mark)}" y="${height - 8}" text-anchor="middle">${mark}</text>`,
    );
  names.forEach((name, i) => {
    const y = 54 + i * ROW * 1.6;
    out.push(`<text x="${LEFT - 8}" y="${y + 18}" text-anchor="end">${escape(name)}</text>`);
    for (const [j, procs] of [1, 2].entries()) {
      const r = results.find((q) => q.name === name && q.procs === procs);
      if (r === undefined) continue;
      const at = y + j * 15;
      out.push(
        `<rect x="${LEFT}" y="${at}" width="${x(r.ratio) - LEFT}" height="12" fill="${procs === 1 ? "#3572b0" : "#9bbfe0"}"/>`,
        `<line x1="${x(r.lo)}" y1="${at + 6}" x2="${x(r.hi)}" y2="${at + 6}" stroke="black"/>`,
        `<text x="${x(Math.max(r.ratio, r.hi)) + 4}" y="${at + 10}">${r.ratio.toFixed(2)}</text>`,
      );
    }
  });
  return `${out.join("\n")}\n</svg>\n`;
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write("which files? node dist/bench/picture.js RESULTS.json PICTURE.svg\n");
  process.exitCode = 1;
} else {
  const { results } = JSON.parse(readFileSync(from, "utf8")) as { results: Result[] };
  writeFileSync(to, picture(results));
}
