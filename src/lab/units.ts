/** Numbers for people: three digits and a unit of their size. */

const TIMES: Array<[number, string]> = [
  [1, "ns"],
  [1e3, "us"],
  [1e6, "ms"],
  [1e9, "s"],
];

/** `12.3 us/op` of 12345 and "ns/op". Units that are no times stay as they are. */
export function withUnit(value: number, unit: string): string {
  const match = /^(cpu-)?(ns|us)(\/op)?$/.exec(unit);
  if (match === null) return digits(value);
  const ns = match[2] === "us" ? value * 1e3 : value;
  const [size, name] = TIMES.findLast(([size]) => Math.abs(ns) >= size) ?? TIMES[0]!;
  return `${digits(ns / size)} ${name}`;
}

/** Three significant digits. */
export function digits(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(1);
  return size >= 100
    ? value.toFixed(0)
    : size >= 10
      ? value.toFixed(1)
      : size >= 1
        ? value.toFixed(2)
        : value.toFixed(3);
}
