/** How users name a policy: `name`, `./module.ts`, and either with `:knob=value,knob=value` behind it. */
import type { Knob, KnobValues, Knobs, Policy } from "./policy.js";

/** What an M is handed: which policy, and its knobs as they were written. */
export interface Choice {
  /** A built-in policy's, or how the user wrote the module. */
  name: string;
  /** Of a module. */
  url?: string;
  knobs: Record<string, string>;
}

/** Splits `name:a=1,b=x`; a module's name may have a colon itself (`file:///x.ts`). */
export function splitSpec(spec: string): { name: string; knobs: Record<string, string> } {
  const tail = /^(.+?):([\w-]+=[^=]*(?:,[\w-]+=[^=]*)*)$/.exec(spec);
  const knobs: Record<string, string> = {};
  for (const item of tail?.[2]?.split(",") ?? []) {
    const at = item.indexOf("=");
    knobs[item.slice(0, at)] = item.slice(at + 1);
  }
  return { name: tail?.[1] ?? spec, knobs };
}

/** Is it the name of a module and not of a built-in policy? */
export function isModule(name: string): boolean {
  return /[/\\]|^file:|\.[cm]?[jt]s$/.test(name);
}

/** @throws RangeError, TypeError which name the knob and what it may be */
export function knobValues(policy: Policy, written: Record<string, string>): KnobValues<Knobs> {
  const known = Object.keys(policy.knobs);
  for (const name of Object.keys(written))
    if (!known.includes(name))
      throw new TypeError(
        `policy ${policy.name}: unknown knob ${name}; ${known.length === 0 ? "it has none" : `known are ${known.join(", ")}`}`,
      );
  const values: Record<string, number | string> = {};
  for (const [name, knob] of Object.entries(policy.knobs)) {
    const text = written[name];
    values[name] = text === undefined ? knob.default : valueOf(policy, name, knob, text);
  }
  return values as KnobValues<Knobs>;
}

function valueOf(policy: Policy, name: string, knob: Knob, text: string): number | string {
  if ("values" in knob) {
    if (knob.values.includes(text)) return text;
    throw new RangeError(`policy ${policy.name}: ${name}=${text} is unknown; use ${knob.values.join(", ")}`);
  }
  const v = Number(text);
  const whole = [knob.default, knob.min, knob.max].every(Number.isInteger);
  if (text.trim() === "" || !(v >= knob.min && v <= knob.max) || (whole && !Number.isInteger(v)))
    throw new RangeError(
      `policy ${policy.name}: ${name}=${text} is out of range; use ${whole ? "an integer" : "a number"} from ${knob.min} to ${knob.max}`,
    );
  return v;
}
