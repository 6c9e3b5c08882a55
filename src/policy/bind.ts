/** A thread that runs goroutines takes on its policy, before its first one. */
import { types } from "node:util";
import { I } from "../arena/arena.js";
import { load, store } from "../arena/atomics.js";
import { lock, unlock } from "../arena/lock.js";
import {
  POLICY_PERP_QUEUES,
  POLICY_PRIVATE,
  POLICY_QUEUES,
  S_POLICY,
  S_POLICYINIT,
  S_POLICYLOCK,
} from "../arena/layout.js";
import { goHooks } from "../sched/gopolicy.js";
import { post } from "../sched/hostlink.js";
import { bindHooks, type Hooks } from "../sched/policy.js";
import { builtin } from "./builtin.js";
import { guarded, whatOf } from "./guard.js";
import { isPolicy, type Policy, type Queues } from "./policy.js";
import { type Choice, knobValues } from "./spec.js";

/**
 * `loadModule`: import, with the M's module hook.
 *
 * @throws Error which names the policy and what is wrong with it
 */
export async function bindPolicy(choice: Choice, loadModule: (url: string) => Promise<unknown>): Promise<void> {
  const policy =
    choice.url === undefined ? builtin.find((p) => p.name === choice.name)! : await fromModule(choice, loadModule);
  const knobs = knobValues(policy, choice.knobs);
  const queues = policy.queues(knobs);
  let own = named(policy, "hooks()", () => policy.hooks(knobs, goHooks));
  checkHooks(policy, own, queues);
  if (choice.url !== undefined) own = guarded(policy.name, own, queues);
  bindHooks(policy.name, { ...goHooks, ...own }, goHooks);
  lock(S_POLICYLOCK);
  try {
    if (I[S_POLICYINIT] !== 0) return;
    named(policy, "init", () => policy.init?.(knobs));
    // No M schedules before it has been here.
    store(S_POLICY, load(S_POLICY) | FLAGS[queues]);
    I[S_POLICYINIT] = 1;
    post({ t: "policy", name: policy.name, counters: policy.counters(knobs), lengths: policy.lengths(knobs) });
  } finally {
    unlock(S_POLICYLOCK);
  }
}

const FLAGS: Record<Queues, number> = {
  none: 0,
  shared: POLICY_QUEUES,
  perP: POLICY_QUEUES | POLICY_PERP_QUEUES,
  private: POLICY_QUEUES | POLICY_PRIVATE,
};

/** @throws Error which names the policy and which of its functions threw */
function named<R>(policy: Policy, what: string, f: () => R): R {
  try {
    return f();
  } catch (e) {
    throw new Error(`policy ${policy.name}: ${what} threw ${whatOf(e)}`, { cause: e });
  }
}

async function fromModule(choice: Choice, loadModule: (url: string) => Promise<unknown>): Promise<Policy> {
  let ns: { default?: unknown };
  try {
    ns = (await loadModule(choice.url!)) as { default?: unknown };
  } catch (e) {
    const why = types.isNativeError(e) ? e.message : String(e);
    throw new Error(`policy ${choice.name}: ${why}`, { cause: e });
  }
  if (!isPolicy(ns.default))
    throw new TypeError(
      `policy ${choice.name}: its default export is no policy; write export default definePolicy({...})`,
    );
  return ns.default;
}

/** @throws TypeError */
export function checkHooks(policy: Policy, own: Partial<Hooks>, queues: Queues): void {
  if (typeof own !== "object" || own === null)
    throw new TypeError(
      `policy ${policy.name}: hooks() returned ${String(own)}; return an object such as { place, pick }`,
    );
  if ((own.pending === undefined) !== (queues === "none"))
    throw new TypeError(
      `policy ${policy.name}: the hook pending and queues: "shared", "perP" or "private" belong together; give both or neither`,
    );
  const known = Object.keys(goHooks);
  for (const [name, f] of Object.entries(own)) {
    if (!known.includes(name))
      throw new TypeError(`policy ${policy.name}: unknown hook ${name}; there are ${known.join(", ")}`);
    if (typeof f !== "function") throw new TypeError(`policy ${policy.name}: hook ${name} is not a function`);
  }
}
