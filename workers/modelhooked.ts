/** Instead of src/sched/hooked.ts inside a model (build.mjs): off, unless the model has a policy. */
export let hooked = false;

export function setHooked(on: boolean): void {
  hooked = on;
}
