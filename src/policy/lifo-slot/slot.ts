/** What lifo-slot and lifo-slot-stealable share. */
import { count, type Hooks, i32, I, layout, putLocal, takeNext } from "../kit.js";

/** How many goroutines in a row came out of the slot. [P] */
const { streak } = layout.perP({ streak: i32 });

/** Hooks of a slot of which at most `cap` goroutines in a row are run (0: no limit), and of which thieves take as `steal` says. */
export function slotHooks(cap: number, steal: Hooks["steal"]): Partial<Hooks> {
  const limit = cap === 0 ? Infinity : cap;
  return {
    pick(p) {
      const g = takeNext(p);
      if (g === 0) {
        I[p + streak] = 0;
        return 0;
      }
      if (I[p + streak]! < limit) {
        I[p + streak] = I[p + streak]! + 1;
        return g;
      }
      I[p + streak] = 0;
      count(p, 0);
      putLocal(p, g);
      return 0;
    },
    steal,
  };
}
