/**
 * The programs and numbered checks of the three catalogues of Go's behaviour that this project is built from: `qa` (questions and
 * answers about the scheduler), `articles`, `notes`; each was run with Go 1.19.8 there. Each entry is a test that carries its
 * name, or says why it is none. catalogue.test.ts compares this list with the tests and with docs/conformance.md.
 */
export type Verdict =
  /** The test file, below test/, that names the entry and checks what Go does. */
  | { passes: string }
  /** What we do is another thing, why, and the test that pins it down if there is one. */
  | { differs: string; test?: string }
  | { out: string };

export interface Entry {
  name: string;
  what: string;
  verdict: Verdict;
}

const passes = (file: string): Verdict => ({ passes: `${file}.test.ts` });
const differs = (why: string, file: string): Verdict => ({ differs: why, test: `${file}.test.ts` });
const out = (why: string): Verdict => ({ out: why });

const MAP = out("Go's map; a program here uses JavaScript's Map, or SyncMap across threads");
const SLICE = out("Go's slices; JavaScript's arrays are the engine's");
const REFLECT = out("reflection");
const INTERFACE = out("Go's interfaces and types");
const COMPILER = out("what Go's compiler prints");
const GC = out("a garbage collector for the arena is not there yet");
const G0 = out("there is no scheduler stack: a goroutine that stops has returned (docs/scheduler.md)");

const table: Record<string, [what: string, verdict: Verdict][]> = {
  "qa T": [
    ["ten goroutines on one P: the last one first, then in order, then the deadlock", passes("conformance/order")],
    ["the same with a sleep: no deadlock", passes("conformance/entries")],
    ["258 goroutines on one P, the order on Linux", passes("conformance/order")],
    ["the same, the order on Windows: 15 others were in the global queue", passes("sched/loop")],
    ["the queues at that moment; batch sizes of the global queue", passes("sched/runq")],
    ["a pair that wakes each other shares a slice, and a third gets its turn", passes("sched/loop")],
    ["the coprime order of victims visits each P once", passes("sched/lists")],
    ["eleven goroutines on four Ps, any order", passes("conformance/order")],
    ["GOMAXPROCS=512", passes("conformance/order")],
    ["a send that nobody receives: deadlock, chan send", passes("conformance/deadlock")],
    ["the same with a string", passes("conformance/deadlock")],
    ["a nil channel blocks for ever", passes("conformance/deadlock")],
    ["a send on a closed channel panics, exit code 2", passes("conformance/panics")],
    ["select with default", passes("conformance/select")],
    ["merging channels, a closed one becomes nil", passes("conformance/select")],
    ["a loop without calls is preempted", passes("sysmon/sysmon")],
    ["who wakes whom: sender, receiver, unlocker, timer", passes("conformance/order")],
    ["the number of spinning Ms is what it says", passes("sched/parking")],
    ["a G is in one run queue at most, and in none while it waits", passes("sched/threads")],
    ["newproc1 runs on g0", G0],
    ["creator and g0 share the P", G0],
    ["m0 and g0 before procresize", G0],
    ["the goroutines of the runtime itself", out("the runtime has none: its background work has threads of its own")],
    ["the limit of threads ends the program", passes("conformance/entries")],
    ["hand-off of the P in a system call, and three ways back", passes("sched/syscall")],
    ["a server with a goroutine for each connection", passes("netpoll/net")],
    ["close does not free the channel", passes("conformance/channels")],
    ["a variable gets another channel, the consumer keeps the old one", passes("conformance/select")],
    ["a value passes an empty buffer by if somebody waits", passes("conformance/order")],
    ["chan struct{} hand-off", passes("conformance/order")],
    ["unlock of an unlocked mutex is fatal", passes("conformance/sync")],
    ["10,000 goroutines count under a mutex", passes("conformance/sync")],
    ["go of a nil func", passes("conformance/panics")],
    ["a sleeping G waits and is in no queue", passes("conformance/waiting")],
    ["a context's deadline and its cancellation", passes("conformance/context")],
    ["make(map, 20)", MAP],
    ["a big map never shrinks", MAP],
    ["a map grows from a hint", MAP],
    ["buckets from the hint", MAP],
    ["bucket mask", MAP],
    ["printing and iterating a map", MAP],
    ["assignment to a nil map", MAP],
    ["makeslice errors", SLICE],
    ["append in a function", SLICE],
    ["the table of size classes", passes("arena/sizeclasses")],
    ["tiny span class, 134 slots", passes("arena/sizeclasses")],
    ["size to class", passes("arena/sizeclasses")],
    ["memory of a large slice that is not touched", SLICE],
    ["hybrid write barrier", GC],
  ],
  "articles E": [
    ["two receivers, one value: the second", passes("conformance/order")],
    ["select with a default that sleeps", passes("conformance/select")],
    ["select of two, one line", passes("conformance/select")],
    ["select waits for the first of two", passes("conformance/select")],
    ["range over a channel with a break", passes("conformance/order")],
    ["deadlock: chan send", passes("conformance/deadlock")],
    ["deadlock: chan receive", passes("conformance/deadlock")],
    ["deadlock: a full buffer", passes("conformance/deadlock")],
    ["a send after close panics", passes("conformance/panics")],
    ["words of an interface", INTERFACE],
    ["SetFloat", REFLECT],
    ["settability", REFLECT],
    ["DeepEqual", REFLECT],
    ["types and fields", REFLECT],
    ["kinds", REFLECT],
    ["conversion of interfaces", REFLECT],
    ["CanSet", REFLECT],
    ["struct fields", REFLECT],
    ["setting fields", REFLECT],
    ["calling methods", REFLECT],
    ["net/rpc", out("net/rpc is a library of its own")],
    ["assembly of add", COMPILER],
    ["escape analysis, 1", COMPILER],
    ["escape analysis, 2", COMPILER],
    ["escape analysis, 3", COMPILER],
    ["escape analysis, 4", COMPILER],
    ["an unbuffered channel as a signal", passes("conformance/entries")],
    ["a WaitGroup over two HTTP requests", passes("netpoll/http")],
    [
      "a WaitGroup passed by value: main waits for ever",
      differs(
        "a WaitGroup is a reference and cannot be copied by mistake: the program ends well",
        "conformance/entries",
      ),
    ],
    ["index out of range", out("JavaScript's arrays give undefined")],
    ["four goroutines print 4 1 2 3 on one P", passes("conformance/entries")],
    ["one value of an endless sender", passes("conformance/order")],
    ["three wait for a mutex", passes("conformance/sync")],
    ["unlocking twice is fatal, recover does not see it", passes("conformance/sync")],
    ["readers, then a writer", passes("conformance/sync")],
    ["sync.Map", passes("conformance/shared")],
    ["a channel limits goroutines to five", passes("conformance/order")],
    ["a pool of five for twenty tasks, NumGoroutine", passes("conformance/entries")],
    ["the table of channel states", passes("conformance/channels")],
    ["comparing two struct types", COMPILER],
    ["deferred calls: last in, first out", passes("conformance/defer")],
    ["a deferred function changes a named result", passes("conformance/defer")],
    [
      "a deferred closure sees the loop variable: 5 five times",
      differs("each round has its own variable, as in Go since 1.22: 4 3 2 1 0", "conformance/defer"),
    ],
    ["what a deferred function changes and what not", passes("conformance/entries")],
    ["three ways for a goroutine to end", passes("conformance/entries")],
    ["two goroutines, the second first", passes("conformance/sync")],
    ["sorting the keys of a map", MAP],
    ["five goroutines increment by CAS", passes("conformance/entries")],
    ["method receivers", COMPILER],
    ["arguments of a deferred call are taken at once", passes("conformance/defer")],
    ["10,000 goroutines wait in select for ever, main returns", passes("conformance/select")],
    ["HTTP redirect", out("gosched/http has no router")],
    ["an interface that holds a nil pointer", INTERFACE],
  ],
  "notes T": [
    ["printing a type with String()", INTERFACE],
    ["the same by fmt.Stringer", INTERFACE],
    ["a closure counts", out("JavaScript's closures are the engine's")],
    ["a closure sees later values", out("JavaScript's closures are the engine's")],
    ["append to a part of a slice", SLICE],
    ["slice with a capacity", SLICE],
    ["len and cap of an empty slice", SLICE],
    [
      "deferred closures in a loop",
      differs("each round has its own variable, as in Go since 1.22", "conformance/defer"),
    ],
    ["pointers to a loop variable", COMPILER],
    ["address of a constant", COMPILER],
    ["what a slice keeps alive", GC],
    ["what a regexp result keeps alive", GC],
    ["two workers add under a mutex: 10100", passes("conformance/sync")],
    ["200 goroutines, one counter under a mutex", passes("conformance/sync")],
    ["escape of a local, its value", COMPILER],
    ["escape of an array", COMPILER],
    ["stack check in the assembly", COMPILER],
    ["a Pool that is empty calls New", passes("conformance/shared")],
    ["two goroutines use one map", MAP],
    ["receive, send and close after close", passes("conformance/entries")],
    ["select among ready channels is fair", passes("conformance/select")],
    ["nil pointer in an interface", INTERFACE],
    ["nil and empty slices", SLICE],
    ["the tree of contexts", passes("conformance/context")],
    [
      "WithValue: nil key, and a key that cannot be compared",
      differs("keys are made by contextKey(name): any other value is a TypeError", "conformance/context"),
    ],
    ["a panic in a goroutine, with a deferred print", passes("conformance/entries")],
    ["recover outside of a deferred function", passes("conformance/entries")],
    ["gctrace", GC],
    ["a slow receiver loses ticks", passes("conformance/select")],
  ],
  "notes D": [
    ["runnext: 9 0 1 ... 8", passes("conformance/order")],
    ["300 goroutines: ring, overflow, batch, 61", passes("conformance/order")],
    ["a send wakes the receiver through runnext", passes("conformance/order")],
    ["unbuffered ping-pong: r0 s0 s1 r1 ...", passes("conformance/order")],
    ["preemption after a slice", passes("sysmon/sysmon")],
    ["texts of deadlocks", passes("conformance/deadlock")],
    ["go of a nil func", passes("conformance/panics")],
    ["close and send: texts of the panics", passes("conformance/panics")],
    ["growth of a slice, one by one", SLICE],
    ["growth of a slice at once", SLICE],
    ["heap goal", GC],
    ["a ticker leaves out what has passed", passes("sched/timers")],
    ["Pool: private first, then the newest", passes("sync/pool")],
    ["unlock of unlocked, negative counter", passes("conformance/sync")],
    ["sync.Map: store, load, loadOrStore, delete, range", passes("conformance/shared")],
    ["method set of a pointer", COMPILER],
    ["a recovered panic and the deferred calls around it", passes("conformance/defer")],
    ["forced collection and scavenging", GC],
    ["timers fire in the order of their times, a ticker goes on", passes("conformance/virtual")],
    ["channels are first in, first out", passes("conformance/order")],
    ["the P of a blocked call goes to another M", passes("sysmon/sysmon")],
    ["a goroutine that waits for the network keeps no M", passes("conformance/waiting")],
    ["wakep: called if a P is idle and nobody spins", passes("sched/parking")],
  ],
};

export const CATALOGUE: Entry[] = Object.entries(table).flatMap(([prefix, entries]) =>
  entries.map(([what, verdict], i) => ({ name: `${prefix}${String(i + 1).padStart(2, "0")}`, what, verdict })),
);

/** How many entries the catalogues have: a forgotten line here shows. */
export const COUNTS = { "qa T": 49, "articles E": 53, "notes T": 29, "notes D": 23 };

/** docs/conformance.md. */
export function page(): string {
  const count = (kind: "passes" | "differs" | "out"): number => CATALOGUE.filter((e) => kind in e.verdict).length;
  const verdict = ({ verdict: v }: Entry): [string, string] =>
    "passes" in v
      ? ["passes", link(v.passes)]
      : "differs" in v
        ? ["differs", `${v.differs}${v.test === undefined ? "" : ` (${link(v.test)})`}`]
        : ["does not apply", v.out];
  return `# Conformance

Three catalogues of Go's behaviour were written down before this project began: answers to questions about the scheduler (qa),
articles (articles) and notes (notes). Each program and each numbered check in them was run with Go 1.19.8. Here is what became of them:
${count("passes")} of ${CATALOGUE.length} pass, ${count("differs")} differ on purpose, ${count("out")} do not apply. A test that
passes carries the name of its entry, so \`npx vitest run -t "qa T03"\` runs it.

This page is written by \`npm run docs:conformance\` from [catalogue.ts](../test/conformance/catalogue.ts); a test fails when it is
older than that, or when a test named here does not name its entry.

| entry | what it checks | | test or reason |
| --- | --- | --- | --- |
${CATALOGUE.map((e) => `| ${e.name} | ${e.what} | ${verdict(e).join(" | ")} |`).join("\n")}
`;
}

const link = (file: string): string => `[${file}](../test/${file})`;
