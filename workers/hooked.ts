/** In the bundle of an M instead of src/sched/hooked.ts; a constant for the reason in views.ts. */
import start from "./start.cjs";

export const hooked = start.hooked;
