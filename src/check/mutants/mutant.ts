/** What a seeded bug is. */
import type { Patch } from "../load.js";
import type { Search } from "../model.js";

export interface Mutant extends Patch {
  /** A second place that changes with the first. */
  readonly also?: Patch;
  /** How to search for it, if not as the models that look there are searched: with old values for racing reads, by samples. */
  readonly search?: Search;
  /** Why no model can find it. */
  readonly survives?: string;
  readonly name: string;
  /** Another project that had this bug, and where it is told. */
  readonly museum?: string;
  /** Models that look where the change is, by a part of their name: all are tried, these first. */
  readonly near: string;
}
