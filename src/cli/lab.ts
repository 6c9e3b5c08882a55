/** `gosched lab`: the command's flags, and the list of what there is to compare. */
import type { CAC } from "cac";

/** Declares the command; `done` gets its exit code. The lab itself is loaded when it is asked for: other commands start without. */
export function labCommand(cli: CAC, done: (code: number) => void): void {
  cli
    .command("lab", "Compare scheduling policies; without flags a first impression in about a minute")
    .option("--policies <names>", "Built-in policies, with knobs after a colon: gmp,lifo-slot:cap=3")
    .option("--policy <file>", "A policy of your own; beside gmp, or beside --policies")
    .option("--workloads <names>", "Workloads, or the files of your own: skynet,./mine.ts")
    .option("--procs <list>", "Numbers of Ps: 1,2,4 (default: the cores)")
    .option("--load <list>", "Loads of open loops in per cent of the capacity: 10..95 or 50,80 (default: 70)")
    .option("--runs <n>", "Fresh processes of each policy at each point (default: 10)")
    .option("--metrics <names>", "What to show instead of the workload's choice, such as time,cpu,steals")
    .option("--set <name=value>", "Change a parameter of the workloads; may be repeated")
    .option("--seed <n>", "Where randomness begins (default: random, and reported)")
    .option("--seconds <n>", "Begin no round that would end later")
    .option("--timeout <seconds>", "A trial that takes longer has failed (default: 60)")
    .option("--slice <ms>", "How long a goroutine may run on while others wait (default: 10)")
    .option("--checked", "Watch the policies: one that loses, repeats or starves a goroutine fails (times are longer)")
    .option("--json <file>", "Write everything")
    .option("--html <file>", "Write a page with plots")
    .option("--bench <file>", "Write Go's benchmark format, for benchstat")
    .option("--state <file>", "Where an interrupted sweep goes on (default: in the temporary directory)")
    .option("--fresh", "Do not go on with an interrupted sweep")
    .option("--list", "List policies, workloads and metrics")
    .example("gosched lab --policies gmp,global-fifo --workloads skynet --procs 1,2,4")
    .example("gosched lab --policy ./mine.ts --workloads serve-bimodal --load 10..95 --html lab.html")
    .action(async (flags: Record<string, unknown>) => {
      if (flags["list"] === true) {
        const { listText } = await import("../lab/list.js");
        process.stdout.write(await listText());
        return done(0);
      }
      const { lab } = await import("../lab/lab.js");
      const { parseLab } = await import("../lab/options.js");
      const command = ["gosched", ...process.argv.slice(2)].join(" ");
      done(await lab(parseLab(flags), command, flags["seed"] !== undefined));
    });
}
