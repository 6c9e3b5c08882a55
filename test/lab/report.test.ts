/** Parts of the report: what is escaped, how numbers are written, where ticks are. */
import { describe, expect, it } from "vitest";
import { scale } from "../../src/lab/axis.js";
import { histogram, merge, summary, tail } from "../../src/lab/histogram.js";
import { markup } from "../../src/lab/markup.js";
import { linePlot } from "../../src/lab/plots.js";
import { digits, withUnit } from "../../src/lab/units.js";

describe("markup", () => {
  it("escapes everything but markup", () => {
    const name = `<img src=x onerror="alert('1')">&`;
    expect(markup`<b title="${name}">${name}</b>`.text).toBe(
      `<b title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</b>`,
    );
    expect(markup`<p>${[markup`<i>${"<"}</i>`, markup`<i>2</i>`]}${undefined}</p>`.text).toBe(
      "<p><i>&lt;</i><i>2</i></p>",
    );
  });

  it("escapes names in plots, titles and labels", () => {
    const evil = "</svg><script>1</script>";
    const points = [
      { x: 1, y: 1, lo: 1, hi: 2 },
      { x: 2, y: 5 },
    ];
    const plot = linePlot(evil, { label: evil }, { label: evil, log: true }, [{ name: evil, points }]).text;
    expect(plot).not.toContain("<script>");
    expect(plot.match(/<\/svg>/g)).toHaveLength(1);
    expect(plot).not.toContain("NaN");
  });
});

describe("numbers", () => {
  it.each([
    [12_345, "ns/op", "12.3 us"],
    [0.5, "ns/op", "0.500 ns"],
    [1500, "us", "1.50 ms"],
    [2e6, "us", "2.00 s"],
    [0, "us", "0 ns"],
    [987, "cpu-ns/op", "987 ns"],
    [0.999, "jain", "0.999"],
    [123.4, "MB", "123"],
  ])("%f %s is %s", (value, unit, text) => expect(withUnit(value, unit)).toBe(text));

  it("have three digits", () => {
    expect([0, 0.0001234, 0.1234, 1.234, 12.34, 123.4, 12_345].map(digits)).toEqual([
      "0",
      "1.2e-4",
      "0.123",
      "1.23",
      "12.3",
      "123",
      "12345",
    ]);
  });
});

describe("axes", () => {
  it("put round ticks into the range", () => {
    const { at, ticks } = scale([0, 97], { label: "" }, 0, 100);
    expect(ticks).toEqual([0, 20, 40, 60, 80]);
    expect([at(0), at(97)]).toEqual([0, 100]);
    const log = scale([3, 30_000], { label: "", log: true }, 0, 100);
    expect(log.ticks).toEqual([10, 100, 1000, 10_000]);
    expect(log.at(3)).toBe(0);
    expect(log.at(30_000)).toBeCloseTo(100, 9);
  });

  it("cope with one value, and with none", () => {
    for (const values of [[5], []])
      for (const log of [true, false]) {
        const { at, ticks } = scale(values, { label: "", log }, 0, 100);
        expect(Number.isFinite(at(5))).toBe(true);
        expect(ticks.every(Number.isFinite)).toBe(true);
      }
  });
});

describe("histograms", () => {
  it("keep three digits, and merge into the percentiles of all samples", () => {
    const [a, b] = [histogram(), histogram()];
    for (let i = 1; i <= 990; i++) a.recordValue(i * 1000);
    for (let i = 1; i <= 10; i++) b.recordValue(1e9);
    const one = summary("x", a);
    expect(one).toMatchObject({ name: "x", count: 990 });
    expect(one.p50 / 0.495).toBeCloseTo(1, 2);
    const both = merge([one, summary("x", b)]);
    expect(both.totalCount).toBe(1000);
    expect(both.getValueAtPercentile(99.5) / 1e9).toBeCloseTo(1, 2);
    const points = tail(both);
    expect(points[0]!.share).toBe(1);
    expect(points.at(-1)!.share).toBeGreaterThanOrEqual(1 / 1000);
    expect(points.map(({ ms }) => ms)).toEqual(points.map(({ ms }) => ms).sort((x, y) => x - y));
  });

  it("of nothing are empty", () => {
    expect(summary("x", histogram())).toMatchObject({ count: 0, p99: 0, max: 0 });
    expect(tail(histogram())).toEqual([]);
  });
});
