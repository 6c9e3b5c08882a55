/** What there is to compare: `gosched lab --list`. */
import { builtinNames, loadWorkload } from "./catalogue.js";
import { METRICS } from "./metrics.js";
import { policies } from "../policy/index.js";

export async function listText(): Promise<string> {
  const lines = ["policies", ...policies().map(({ name, description }) => line(name, description)), "", "workloads"];
  for (const name of builtinNames()) lines.push(line(name, (await loadWorkload(name)).description));
  lines.push("", "metrics", ...[...METRICS].map(([name, meaning]) => line(name, meaning)));
  return `${lines.join("\n")}\n`;
}

const line = (name: string, text: string): string => `  ${name.padEnd(18)} ${text}`;
