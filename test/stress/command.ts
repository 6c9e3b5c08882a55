/** The command `gosched stress`, in a process of its own. */
import { type Ended, gosched } from "../conformance/child.js";

/** It has a patience of its own, 40 s and more for a program: here is only what ends a hang of the command itself. */
const DEADLINE_MS = 280_000;

export const stress = (...args: string[]): Promise<Ended> => gosched(["stress", ...args], { deadline: DEADLINE_MS });
