import { definePolicy, now } from "../kit.js";

export default definePolicy({
  name: "spin",
  description:
    "How long an M that finds nothing looks on before it parks: not at all, by Go's cap (half of the busy ones, four rounds), by this runtime's rule (about as long as a wake-up takes, while cores are free), or for a fixed time.",
  knobs: {
    mode: { default: "time", values: ["none", "go", "default", "time"], about: "which rule" },
    us: { default: 50, min: 1, max: 100_000, about: "microseconds to look on for, with mode=time" },
  },
  hooks: ({ mode, us }, go) => {
    if (mode === "default") return {};
    if (mode === "none") return { spin: () => false };
    // Go makes its four rounds and parks.
    if (mode === "go") return { spin: (p, round) => round === 0 && go.spin(p, 0) };
    let until = 0;
    return {
      spin(p, round) {
        if (round === 0) return go.spin(p, 0);
        if (round === 1) until = now() + us / 1000;
        return now() < until;
      },
    };
  },
});
