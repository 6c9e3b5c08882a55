/** The report as one HTML page: no script, nothing from the network, so it can be mailed, printed and kept. */
import { FEWEST_ROUNDS } from "./compare.js";
import { merge, tail } from "./histogram.js";
import { markup, Markup } from "./markup.js";
import { machineLine } from "./machine.js";
import { dotPlot, lanes, type Line, linePlot } from "./plots.js";
import { type CellResult, errorsOf } from "./results.js";
import type { Timeline } from "./spec.js";
import type { About } from "./table.js";
import { withUnit } from "./units.js";

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child,td.l,th.l{text-align:left}.best{font-weight:700;color:#00693e}.equal{color:#888}
.bad{color:#b00020}svg{max-width:40rem;width:100%;font:12px system-ui,sans-serif}svg .title{font-weight:600;font-size:13px}
svg .grid{stroke:#ddd}.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(28rem,1fr));gap:1rem}
code{background:#f4f4f4;padding:.1rem .3rem}`;

export function pageHtml(results: readonly CellResult[], about: About & { command: string }): string {
  const curves = loadCurves(results);
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>gosched lab</title><style>${new Markup(STYLE)}</style></head><body>
<h1>gosched lab</h1>
<p>${machineLine(about.machine)}, ${about.machine.date}. Seed ${about.seed}. Repeat it with <code>${about.command}</code></p>
${table(results)}
<p><span class="best">Best in its row</span>; <span class="equal">grey: within noise of the best</span>; x1.50: that many
times as bad as the best. Medians of fresh processes in alternating order, with 95 % bootstrap intervals. Noise: how far the first
policy was from itself.</p>
${errorsOf(results).map((error) => markup`<p class="bad">Failed: ${error}</p>`)}
${curves.length === 0 ? undefined : markup`<h2>Latency against load</h2><div class="plots">${curves}</div>`}
<h2>Distributions</h2><div class="plots">${results.flatMap(distributions)}</div>
<h2>What each P did</h2><p>In the first round: goroutines resumed every 2 ms, and goroutines in the queues.</p>
${results.map(timelines)}
</body></html>
`;
  return page.text;
}

function table(results: readonly CellResult[]): Markup {
  const labels = results[0]?.sides.filter(({ side }) => !side.control).map(({ side }) => side.label) ?? [];
  const rows = results.flatMap(({ cell, rows, sides }) =>
    rows.map(({ metric, verdicts, noise, rounds }) => {
      const cells = verdicts.map((v, i) => {
        if (v.value === undefined)
          return sides[i]?.error === undefined ? markup`<td>-</td>` : markup`<td class="bad">failed</td>`;
        const text = withUnit(v.value.median, metric.unit);
        const range = `${withUnit(v.value.lo, metric.unit)} to ${withUnit(v.value.hi, metric.unit)}`;
        const ratio = v.best ? "" : ` x${v.ratio.toFixed(2)}`;
        return markup`<td class="${v.best ? "best" : v.equal ? "equal" : ""}" title="${range}">${text}${ratio}</td>`;
      });
      const noisy = noise === undefined || rounds < FEWEST_ROUNDS ? "?" : `${Math.round((noise - 1) * 100)} %`;
      return markup`<tr><td>${cell.key}</td><td class="l">${metric.name}</td>${cells}<td>${rounds}</td><td>${noisy}</td></tr>
`;
    }),
  );
  return markup`<table><tr><th>workload</th><th class="l">metric</th>${labels.map((l) => markup`<th>${l}</th>`)}<th>runs</th><th>noise</th></tr>
${rows}</table>`;
}

/** For each open workload, number of Ps and latency that was measured at several loads. */
function loadCurves(results: readonly CellResult[]): Markup[] {
  const groups = new Map<string, CellResult[]>();
  for (const result of results) {
    const { workload, procs, load } = result.cell;
    const group = `${workload.name}, ${procs} procs`;
    if (load !== undefined) groups.set(group, [...(groups.get(group) ?? []), result]);
  }
  return [...groups].flatMap(([name, cells]) => {
    if (cells.length < 2) return [];
    return cells[0]!.cell.metrics.flatMap((metric, row) => {
      if (metric.unit !== "us") return [];
      const lines = cells[0]!.sides
        .filter(({ side }) => !side.control)
        .map(({ side }, i): Line => {
          const points = cells.flatMap(({ cell, rows }) => {
            const value = rows[row]?.verdicts[i]?.value;
            return value === undefined ? [] : [{ x: cell.load!, y: value.median, lo: value.lo, hi: value.hi }];
          });
          return { name: side.label, points };
        });
      const y = { label: `${metric.name}, us`, log: true };
      return [linePlot(`${name}: ${metric.name} against load`, { label: "load, % of the capacity" }, y, lines)];
    });
  });
}

/** Of each series the tail of all runs together; of what has no series each run by itself. */
function distributions({ cell, sides }: CellResult): Markup[] {
  const competing = sides.filter(({ side, trials }) => !side.control && trials.length > 0);
  const tails = cell.workload.series.map((name) => {
    const lines = competing.map(({ side, trials }): Line => {
      const all = trials.flatMap(({ series }) => series.filter((s) => s.name === name));
      return { name: side.label, points: tail(merge(all)).map(({ share, ms }) => ({ x: 1 / share, y: ms * 1000 })) };
    });
    const x = { label: "percentile", log: true, ticks: [1, 10, 100, 1e3, 1e4, 1e5, 1e6], format: nines };
    return linePlot(`${cell.key}: ${name}`, x, { label: "us", log: true }, lines);
  });
  if (tails.length > 0) return tails;
  const metric = cell.metrics[0]!;
  const columns = competing.map(({ side, trials }) => ({
    name: side.label,
    values: trials.flatMap((t) => metric.of(t) ?? []),
  }));
  return [dotPlot(`${cell.key}: each run`, { label: `${metric.name}, ${metric.unit}` }, columns)];
}

/** 1000 as "p99.9". */
function nines(inverse: number): string {
  return inverse === 1 ? "all" : `p${Number((100 - 100 / inverse).toFixed(4))}`;
}

function timelines({ cell, sides }: CellResult): Markup {
  const shown = sides.flatMap(({ side, trials }) => {
    const line = trials.find((t) => t.timeline !== undefined)?.timeline;
    return side.control || line === undefined || line.at.length < 2 ? [] : [{ side, line }];
  });
  const plots = shown.map(({ side, line }) => lanes(`${cell.key}, ${side.label}`, line.at, laneRows(line)));
  return markup`<details><summary>${cell.key}</summary><div class="plots">${plots}</div></details>
`;
}

function laneRows({ perP, global }: Timeline): Array<{ name: string; values: number[]; most: number }> {
  const most = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
  const rows = perP.flatMap(({ run, queued }, id) => [
    { name: `P${id} runs`, values: run, most: most(run) },
    { name: `P${id} queue`, values: queued, most: most(queued) },
  ]);
  return [...rows, { name: "global", values: global, most: most(global) }];
}
