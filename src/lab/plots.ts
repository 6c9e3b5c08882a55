/** Pictures of the report, as SVG: lines with intervals, single values, and what each P did. */
import { type Axis, scale } from "./axis.js";
import { markup, type Markup } from "./markup.js";
import { digits } from "./units.js";

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 70;
const RIGHT = 150;
const TOP = 30;
const BOTTOM = 45;

/** Told apart by those who do not see all colours as well (Okabe, Ito 2008). */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a8a00"];
export const colorOf = (i: number): string => COLORS[i % COLORS.length]!;

export interface Line {
  name: string;
  points: Array<{ x: number; y: number; lo?: number; hi?: number }>;
}

/** Lines over a common x, with bars where a point has an interval. */
export function linePlot(title: string, x: Axis, y: Axis, lines: readonly Line[]): Markup {
  const points = lines.flatMap((line) => line.points);
  const xs = scale(
    points.map((p) => p.x),
    x,
    LEFT,
    WIDTH - RIGHT,
  );
  const ys = scale(
    points.flatMap((p) => [p.y, p.lo ?? p.y, p.hi ?? p.y]),
    y,
    HEIGHT - BOTTOM,
    TOP,
  );
  const drawn = lines.map((line, i) => {
    const color = colorOf(i);
    const path = line.points.map((p, n) => `${n === 0 ? "M" : "L"}${px(xs.at(p.x))} ${px(ys.at(p.y))}`).join("");
    const bars = line.points.flatMap((p) =>
      p.lo === undefined || p.hi === undefined
        ? []
        : [
            markup`<path d="M${px(xs.at(p.x))} ${px(ys.at(p.lo))}V${px(ys.at(p.hi))}" stroke="${color}"/><circle cx="${px(xs.at(p.x))}" cy="${px(ys.at(p.y))}" r="3" fill="${color}"/>`,
          ],
    );
    return markup`<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5"/>${bars}`;
  });
  return frame(title, x, y, xs, ys, [drawn, legend(lines.map(({ name }) => name))]);
}

/** Each single value as a dot, one column a name. */
export function dotPlot(title: string, y: Axis, columns: ReadonlyArray<{ name: string; values: number[] }>): Markup {
  const xs = scale([0, columns.length], { label: "", ticks: [] }, LEFT, WIDTH - RIGHT);
  const ys = scale(
    columns.flatMap(({ values }) => values),
    y,
    HEIGHT - BOTTOM,
    TOP,
  );
  const drawn = columns.map(({ values }, i) =>
    values.map((value, n) => {
      // Beside each other, in the order of the rounds.
      const x = xs.at(i + 0.2 + (0.6 * (n + 0.5)) / values.length);
      return markup`<circle cx="${px(x)}" cy="${px(ys.at(value))}" r="3" fill="${colorOf(i)}" fill-opacity="0.7"/>`;
    }),
  );
  const x: Axis = { label: "rounds, from left to right" };
  return frame(title, x, y, xs, ys, [drawn, legend(columns.map(({ name }) => name))]);
}

/** One lane a row over a common time: how high a value is, as an area. */
export function lanes(
  title: string,
  at: readonly number[],
  rows: ReadonlyArray<{ name: string; values: number[]; most: number }>,
): Markup {
  const lane = 34;
  const height = TOP + rows.length * lane + BOTTOM;
  const time: Axis = { label: "ms" };
  const xs = scale(at, time, LEFT, WIDTH - RIGHT);
  const drawn = rows.map(({ name, values, most }, i) => {
    const floor = TOP + (i + 1) * lane - 4;
    const up = (v: number): number => floor - (most === 0 ? 0 : (v / most) * (lane - 8));
    const area = values.map((v, n) => `L${px(xs.at(at[n]!))} ${px(up(v))}`).join("");
    const [first, last] = [xs.at(at[0] ?? 0), xs.at(at[values.length - 1] ?? 0)];
    return markup`<path d="M${px(first)} ${floor}${area}L${px(last)} ${floor}Z" fill="${colorOf(i % 2)}" fill-opacity="0.5"/>
<text x="${LEFT - 6}" y="${floor - 8}" text-anchor="end">${name}</text>
<text x="${WIDTH - RIGHT + 6}" y="${floor - 8}">most ${digits(most)}</text>`;
  });
  const ticks = xs.ticks.map(
    (tick) =>
      markup`<text x="${px(xs.at(tick))}" y="${height - BOTTOM + 16}" text-anchor="middle">${digits(tick)}</text>`,
  );
  return markup`<svg viewBox="0 0 ${WIDTH} ${height}" role="img"><title>${title}</title>
<text x="${LEFT}" y="18" class="title">${title}</text>${drawn}${ticks}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 8}" text-anchor="middle">${time.label}</text></svg>`;
}

function frame(
  title: string,
  x: Axis,
  y: Axis,
  xs: ReturnType<typeof scale>,
  ys: ReturnType<typeof scale>,
  content: ReadonlyArray<Markup | readonly (Markup | readonly Markup[])[]>,
): Markup {
  const across = ys.ticks.map(
    (tick) => markup`<path d="M${LEFT} ${px(ys.at(tick))}H${WIDTH - RIGHT}" class="grid"/>
<text x="${LEFT - 6}" y="${px(ys.at(tick) + 4)}" text-anchor="end">${(y.format ?? digits)(tick)}</text>`,
  );
  const down = xs.ticks.map(
    (tick) => markup`<path d="M${px(xs.at(tick))} ${TOP}V${HEIGHT - BOTTOM}" class="grid"/>
<text x="${px(xs.at(tick))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${(x.format ?? digits)(tick)}</text>`,
  );
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"><title>${title}</title>
<text x="${LEFT}" y="18" class="title">${title}</text>${across}${down}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x.label}</text>
<text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${content}</svg>`;
}

function legend(names: readonly string[]): Markup[] {
  return names.map(
    (
      name,
      i,
    ) => markup`<rect x="${WIDTH - RIGHT + 10}" y="${TOP + i * 18}" width="10" height="10" fill="${colorOf(i)}"/>
<text x="${WIDTH - RIGHT + 26}" y="${TOP + i * 18 + 9}">${name}</text>`,
  );
}

const px = (v: number): string => v.toFixed(1);
