/**
 * The map of the arena: one SharedArrayBuffer, every shared struct and every offset in it.
 *
 * All offsets are in 32-bit words. An address is a word index into the whole arena; 0 is nil.
 * Values (NaN-boxed, see value.ts) are 8 bytes and are addressed by *slot* (index into the Float64Array):
 * slot = word >> 1, so every object starts on an even word.
 *
 * ```
 *  word 0        HEADER     magic, version, size, id of the runtime, state, exit code
 *       64       SCHED      the scheduler's globals, one 128-byte line for each group of writers
 *       512      MHEAP      page allocator, then one MCENTRAL for each span class
 *       ALLM     M structs  MAX_M * M_SIZE
 *       ALLP     P structs  (MAX_PROCS + 2) * P_SIZE; the last two belong to the host thread and the network poller
 *       MCACHES  one mcache for each P
 *       FUNCS    the registry that gives a goroutine function the same id in all threads
 *       SEMTABLE where goroutines wait for semaphores: 251 roots, one line each
 *       POLICY   what the Ms of a policy share
 *       SPANS    one span struct a page (used at the first page of a span)
 *       PAGEMAP  one word a page: the first page of the span that the page lies in
 *       HEAP     8 KiB pages, up to the end
 * ```
 *
 * Reserving is free: the OS commits a page of the SharedArrayBuffer when it is first written, so the large
 * fixed tables cost address space only.
 *
 * False sharing: fields written by different threads lie on different lines of LINE words (128 bytes, because
 * adjacent 64-byte lines are fetched in pairs on x86). Each field says who writes it and what guards it:
 *   [P]     only a thread that holds the P (its owner), others may read it racily
 *   [G]     only the owner of the G: who runs it, or who took it off a queue or out of a wait list
 *   [lock]  under the named lock          [a] atomic, any thread
 */

export const LINE = 32;

/** Go's limits: `GOMAXPROCS` is 1..1024 here (Go 1.19 has no upper limit; the issue sets 1024). */
export const MAX_PROCS = 1024;
/** One M for each P, as many again for blocked and locked ones. */
export const MAX_M = 2048;
/** Index of the P-like struct of the host thread: caches for allocation, never scheduled. */
export const HOST_P = MAX_PROCS;
/** The same of the network poller's thread. */
export const POLL_P = MAX_PROCS + 1;

// ---------------------------------------------------------------- header
export const MAGIC = 0x60_5c_ed_01;
export const HEADER = 0;
export const H_MAGIC = 2; //    constant after init
export const H_WORDS = 3; //    size of the arena in words, constant
export const H_ID = 4; //       id of the runtime within the process: handles carry it
export const H_STATE = 5; //    [a] RUNNING, STOPPING: polled by every M between goroutines
export const H_EXIT = 6; //     [a] exit code of a fatal error, first writer wins
export const H_HEAP = 7; //     first word of the heap, constant
export const H_FLAGS = 8; //    options the Ms must agree on, constant
export const H_MAXSTACK = 9; // limit of one goroutine stack in bytes, constant
export const H_CLOCK0 = 10; //  f64: the monotonic clock when the runtime was made, constant (sched/clock.ts)
export const H_WALL0 = 12; //   f64: the time of day then, constant

export const STATE_RUNNING = 0;
export const STATE_STOPPING = 1;
/** H_FLAGS: the host may still inject goroutines, so "all asleep" is no deadlock (start(), not run()). */
export const FLAG_OPEN = 1;
/** H_FLAGS: run goroutine functions uncompiled, as plain generators. */
export const FLAG_NATIVE = 2;
/** H_FLAGS: time stands still while a goroutine runs, and jumps to the next timer when none can. */
export const FLAG_VIRTUAL = 4;

// ---------------------------------------------------------------- sched
export const SCHED = 64;
// line 0: idle lists and M accounting [sched.lock]
export const S_LOCK = SCHED + 0;
export const S_MIDLE = SCHED + 1; //       head of the idle Ms, through M_SCHEDLINK
export const S_NMIDLE = SCHED + 2;
export const S_NMIDLELOCKED = SCHED + 3; // Ms waiting for Gs locked to them
export const S_MCOUNT = SCHED + 4; //      Ms that exist (started or being started)
export const S_PIDLE = SCHED + 5; //       head of the idle Ps, through P_LINK
export const S_STOPWAIT = SCHED + 6; //    Ps that have not stopped yet
export const S_MMAX = SCHED + 7; //        limit on Ms
export const S_MNEXT = SCHED + 8; //       next unused M id
export const S_NRETAKING = SCHED + 9; //   Ps in the hands of sysmon: each counts as a running M
export const S_NSTARTING = SCHED + 10; //  Ms whose thread is not up yet
export const S_NEEDM = SCHED + 11; //      1: an M was wanted while one was on its way to sleep
export const S_NEEDSPINNING = SCHED + 14; // 1: who gives up its P is to look at all rings first (m.ts, handOver)
export const S_NLEAVING = SCHED + 12; //   Ms on their way to wait for a locked G: they come for no other work
export const S_NINSYSCALL = SCHED + 13; // Ms in a system call that have lost their P: awake, but they come for no work
// line 1: read on every ready(), written when a P goes idle or busy [a]
export const S_NPIDLE = SCHED + LINE;
export const S_NMSPINNING = SCHED + LINE + 1;
export const S_FRUITLESS = SCHED + LINE + 2; // searches in a row that found nothing; a hint, racing stores
// line 2: stop the world [a], rarely written
export const S_GCWAITING = SCHED + 2 * LINE;
export const S_NPROCS = SCHED + 2 * LINE + 1; //   gomaxprocs; written with the world stopped
export const S_STOPNOTE = SCHED + 2 * LINE + 2; // note of who stops the world
export const S_WORLDSEMA = SCHED + 2 * LINE + 3; // futex mutex: one stopper at a time
export const S_NCPU = SCHED + 2 * LINE + 4; //     cores of the machine, constant
// line 3: the global run queue [runq lock]; touched only by threads that hold a P
export const S_RUNQLOCK = SCHED + 3 * LINE;
export const S_RUNQHEAD = SCHED + 3 * LINE + 1;
export const S_RUNQTAIL = SCHED + 3 * LINE + 2;
export const S_RUNQSIZE = SCHED + 3 * LINE + 3;
// line 4: goroutines made runnable by threads without a P (host): a Treiber stack [a]
export const S_INJECT = SCHED + 4 * LINE;
// line 5: dead Gs and counters shared by all Ps
export const S_GFREELOCK = SCHED + 5 * LINE;
export const S_GFREE = SCHED + 5 * LINE + 1; //   [gfree lock] through G_SCHEDLINK
export const S_NGFREE = SCHED + 5 * LINE + 2; //  [gfree lock]
export const S_GOIDGEN = SCHED + 5 * LINE + 3; // [a] batches of GOID_BATCH ids handed out
export const S_NG = SCHED + 5 * LINE + 4; //      [a] Gs ever allocated
export const S_NGSYS = SCHED + 5 * LINE + 5; //   [a] live system goroutines
export const S_SUDOGLOCK = SCHED + 5 * LINE + 6;
export const S_SUDOGCACHE = SCHED + 5 * LINE + 7; // [sudog lock] through SG_NEXT
// line 6: panic in progress, output
export const S_PANICKING = SCHED + 6 * LINE; //   [a] first thread to report wins
export const S_MAINDONE = SCHED + 6 * LINE + 2; //  [a] the main goroutine has returned
// line 7: function registry
export const S_FUNCLOCK = SCHED + 7 * LINE;
export const S_NFUNCS = SCHED + 7 * LINE + 1;
export const S_NAMELOCK = SCHED + 7 * LINE + 2;
export const S_NAMES = SCHED + 7 * LINE + 3; //   [name lock] newest interned name, see names.ts
// line 8: time [sched.lock] (sched/poller.ts)
export const S_POLLER = SCHED + 8 * LINE; //     [sched.lock, read by any] the idle M that sleeps with a time-out, 0 none
export const S_POLLUNTIL = SCHED + 8 * LINE + 2; // f64: until when; written before S_POLLER
export const S_FAKETIME = SCHED + 8 * LINE + 4; //  f64: the virtual clock; written while all Ms are idle

// line 10: netpoll
export const S_NETPOLLWAITERS = SCHED + 10 * LINE; // [a] Gs that wait for something outside of the arena
export const S_NETSUBMIT = SCHED + 10 * LINE + 1; //  [a] what the poller has to do: Treiber stack through PD_LINK, CALL_LINK
export const S_NETWAKE = SCHED + 10 * LINE + 2; //    [a] 1: the poller is to be woken when something is submitted
export const S_NETINIT = SCHED + 10 * LINE + 3; //    [a] 1: the poller's thread has been asked for
// line 11: memory that readers without a lock may still look at (sched/grace.ts), ages of pools (sync/pool.ts)
export const S_EPOCH = SCHED + 11 * LINE; //        [a] read by every reader, advanced under the lock
export const S_POOLAGE = SCHED + 11 * LINE + 1; //  [a] how often pools have aged
export const S_EPOCHLOCK = SCHED + 11 * LINE + 2; // futex mutex, only ever tried
// line 13: the roots of all contexts, which need no memory: all zeros, told apart by their addresses
export const S_CTXBACKGROUND = SCHED + 13 * LINE;
export const S_CTXTODO = SCHED + 13 * LINE + 16;

// line 9: sysmon (sysmon.ts)
// line 12: the policy (sched/policy.ts)
export const S_POLICY = SCHED + 12 * LINE; //          [a] POLICY_* flags; 0: the default one, and nothing is checked
export const S_POLICYLOCK = SCHED + 12 * LINE + 1; //  futex mutex: the first M initialises what the policy shares
export const S_POLICYINIT = SCHED + 12 * LINE + 2; //  [policy lock] 1: that is done
export const S_POLICYSTALL = SCHED + 12 * LINE + 3; // [a] a G that is not where it should be: see sched/policyabort.ts
export const S_POLICYEPOCH = SCHED + 12 * LINE + 4; // [sysmon] its clock: read plainly by who makes a G runnable
export const S_POLICYLIMIT = SCHED + 12 * LINE + 6; // f64: ms that a runnable G may wait, constant
export const S_QUANTUM = SCHED + 12 * LINE + 8; //     f64: shortest slice seen, ms; 0: none; a hint, racing stores
/** S_POLICY: Ms call the hooks of a policy. */
export const POLICY_ON = 1;
/** It has queues of its own: hook `pending` says whether there is something in them. Without one of the next two: any P takes from them. */
export const POLICY_QUEUES = 2;
/** Each P has its own, and nobody else takes from it. */
export const POLICY_PRIVATE = 4;
/** Each P has its own, and others steal from it. */
export const POLICY_PERP_QUEUES = 64;
/** Each G is accounted for (sched/policycheck.ts). */
export const POLICY_CHECK = 8;
/** A policy that fails is replaced by the default one; else the run ends. */
export const POLICY_FALLBACK = 16;
/** It was given up: Ms are on their way to the default one. */
export const POLICY_OFF = 32;

export const S_SYSMONNOTE = SCHED + 9 * LINE; //      [a] what it sleeps on: an epoch that wakers count up
export const S_SYSMONSLEEP = SCHED + 9 * LINE + 1; // [a] SYSMON_*: how it sleeps; others look plainly before they wake it
export const S_SYSMONUP = SCHED + 9 * LINE + 2; //    1: it runs; written once
export const S_NRETAKEN = SCHED + 9 * LINE + 3; //    [sysmon] Ps taken from Ms in system calls
export const S_SPARES = SCHED + 9 * LINE + 4; //      idle Ms that sysmon keeps for system calls, constant
export const S_DEBUG = SCHED + 9 * LINE + 5; //       DEBUG_* flags, constant
export const S_STARTED = SCHED + 9 * LINE + 6; //     f64: when the runtime began, ms since 1970, constant
export const S_SLICE = SCHED + 9 * LINE + 9; //       ms that a goroutine may run while others wait, constant
export const S_SCHEDTRACE = SCHED + 9 * LINE + 8; //  ms between two lines of schedtrace, 0: none, constant
export const S_HOLDLIMIT = SCHED + 9 * LINE + 10; //  ms after which a goroutine that keeps its P is reported, 0: never, constant
export const S_NHELD = SCHED + 9 * LINE + 11; //       [sysmon] how often that happened
/** S_SYSMONSLEEP: awake, or up again in less than a millisecond. */
export const SYSMON_NAP = 0;
/** Milliseconds: who enters a system call wakes it. */
export const SYSMON_LONG = 1;
/** Until work returns: who takes an idle P wakes it. */
export const SYSMON_DEEP = 2;
/** S_DEBUG: a line for each step of a hand-off. */
export const DEBUG_HANDOFF = 1;

// ---------------------------------------------------------------- heap (see malloc.ts and its neighbours)
export const MHEAP = 512;
export const MHEAP_SIZE = 512;
/** 8 KiB, `_PageShift` = 13 in Go's malloc.go. */
export const PAGE_WORDS = 2048;
/** 67 size classes, class 0 = large (Go 1.14's sizeclasses.go). */
export const NUM_SIZE_CLASSES = 67;
/** What an object is, so that it can be found and typed from its address: the low bits of a span class. */
export const KIND_NOSCAN = 0; // bytes without references: blobs
export const KIND_WORDS = 1; //  tagged values only: goroutine stacks, channel buffers
export const KIND_G = 2;
export const KIND_HCHAN = 3;
export const KIND_SUDOG = 4;
export const KIND_POLICY = 5; // records of goroutines and queues of policies: goroutines they name are kept by others
export const KIND_TIMER = 6;
export const KIND_OBJ = 7; //    any other shared object: its word 0 says which (HANDLE_*, OBJ_*)
export const NUM_KINDS = 8;
export const NUM_SPAN_CLASSES = NUM_SIZE_CLASSES * NUM_KINDS;

export const MCENTRALS = MHEAP + MHEAP_SIZE;
export const MCENTRAL_SIZE = LINE;

// ---------------------------------------------------------------- M
export const ALLM = MCENTRALS + NUM_SPAN_CLASSES * MCENTRAL_SIZE;
export const M_SIZE = 3 * LINE;
export const M_ID = 0; //         constant
export const M_P = 1; //          [M] the P it holds, 0 if none
export const M_NEXTP = 2; //      [waker] P to take when woken; written before the note
export const M_SPINNING = 4; //   [waker] it is woken to spin; written before the note
export const M_NLOCKED = 5; //    [M] how many Gs are locked to this M (LockOSThread)
export const M_SCHEDLINK = 6; //  [sched.lock] idle list
export const M_STATE = 7; //      [sched.lock] M_DEAD, M_STARTING, M_UP
export const M_IDLE = 8; //       [sched.lock] IDLE_*: how it sleeps, 0: it does not
export const M_THREADID = 9; //   [M] worker_threads id, for dumps
export const M_GUARD = 11; //     [M], and sysmon asks by it: see stack/guard.ts
export const M_NWAIT = 10; //     [M] promises that its Gs wait for: it polls its event loop
export const M_NOTE = LINE; //     [a] the note it parks on: own line
export const M_WARM = LINE + 2; // [M] for stack/warm.ts: a G that never runs, up to word LINE + 15
export const M_PINQ = 2 * LINE; // [a] runnable Gs that can run on this M only: Treiber stack through G_SCHEDLINK
/** On the idle list. */
export const IDLE_LISTED = 1;
/** Asleep until a G that is bound to it can run; not on the list. */
export const IDLE_LOCKED = 2;
/** Asleep behind a system call until its G's turn comes; not on the list. */
export const IDLE_SYSCALL = 3;
export const M_DEAD = 0;
export const M_STARTING = 1;
export const M_UP = 2;

/** One slot for each M: a value on its way into a shared object, encoded before the lock is taken. [M] */
export const S_SCRATCH = ALLM + MAX_M * M_SIZE;

// ---------------------------------------------------------------- P
export const ALLP = S_SCRATCH + MAX_M * 2;
export const RUNQ_LEN = 256; //   Go: len(p.runq)
export const RUNQ_MASK = RUNQ_LEN - 1;
/** Words for what a policy keeps for each P. */
export const POLICY_PERP = 4 * LINE;
export const P_SIZE = 8 * LINE + RUNQ_LEN + POLICY_PERP;
// line 0: owner only
export const P_ID = 0;
export const P_M = 1; //          [P]
export const P_LINK = 2; //       [sched.lock] idle list
export const P_SCHEDTICK = 3; //  [P]
export const P_RAND = 4; //       [P] state of fastrand
export const P_SWITCHES = 5; //   [P] goroutines resumed; read racily: by thieves, and by stats
export const P_GOIDCACHE = 6; //  [P] f64: next goid
export const P_GOIDLEFT = 8; //   [P] ids left in the batch
export const P_GFREE = 9; //      [P] dead Gs, through G_SCHEDLINK
export const P_NGFREE = 10; //    [P]
export const P_SUDOGCACHE = 11; //[P] free sudogs, through SG_NEXT
export const P_NSUDOG = 12; //    [P]
// line 1: P status, contended when a P changes hands
export const P_STATUS = LINE; //  [a] outside of the owner only with the world stopped, or by CAS
export const P_TURN = LINE + 8; //  [P] turn (P_SWITCHES) of its last read section, see sched/grace.ts; read racily
export const P_EPOCH = LINE + 9; // [P] epoch of its last read section, atomic stores; [a] readers
export const P_RETIRED = LINE + 10; //     [P] first and last node of what it has retired, oldest first
export const P_RETIREDTAIL = LINE + 11; // [P]
// line 2..4: the run queue. Thieves write the head, the owner the tail; a thief may clear runnext.
export const P_RUNQHEAD = 2 * LINE; // [a] owner and thieves, CAS
export const P_RUNQTAIL = 3 * LINE; // [P] published with an atomic store
export const P_RUNNEXT = 4 * LINE; //  [a] owner sets, owner and thieves clear
// line 5: counters, owner only: read racily by stats
export const P_STATS = 5 * LINE; // Float64 slots from here: see STAT_*
// line 6: the timer heap (sched/timers.ts). [timers]: under P_TIMERSLOCK, by any holder of a P
export const P_TIMERSLOCK = 6 * LINE;
export const P_NUMTIMERS = 6 * LINE + 1; //     [timers] timers in the heap; read racily by the owner in each round
export const P_DELETEDTIMERS = 6 * LINE + 2; // [a] of these, how many are timerDeleted
export const P_TIMERS = 6 * LINE + 3; //        [timers] the array of the heap (sched/timerheap.ts)
export const P_TIMERSCAP = 6 * LINE + 4; //     [P] timers that fit
export const P_TIMER0WHEN = 6 * LINE + 6; //    f64 [timers] when the first timer is due, Infinity: none
export const P_MODIFIEDEARLIEST = 6 * LINE + 8; // f64 [modified] earliest timerModifiedEarlier, Infinity: none
export const P_MODIFIEDLOCK = 6 * LINE + 10; // guards P_MODIFIEDEARLIEST; nothing else is locked under it
// line 7: system calls, looked at by sysmon
export const P_SYSCALLTICK = 7 * LINE; // [P], and who takes it from a system call: counts both
export const P_SLICE = 7 * LINE + 2; //   f64 [P] slice of the running G, ms; 0: S_SLICE; read racily by sysmon
export const P_POLICY = 8 * LINE + RUNQ_LEN; // the policy's: POLICY_PERP words
export const P_RUNQ = 8 * LINE; //  the ring: owner writes slots before it publishes the tail
/** Counters, f64 slots from P_STATS. */
export const STAT_STOLEN = 1; //   goroutines taken from another P
export const STAT_PARKED = 2; //   goroutines parked
export const STAT_MIGRATED = 3; // goroutines resumed on another M than the last time
export const STAT_SPAWNED = 4; //  goroutines created here
export const STAT_MPARKS = 5; //   threads parked
export const STAT_WAKES = 6; //    threads woken
export const STAT_SPINS = 7; //    searches begun
export const STAT_OVERFLOW = 8; // halves of the ring moved to the global queue
export const STAT_GLOBAL = 9; //   goroutines taken from the global queue
export const STAT_STEALS = 10; //  successful steals
export const STAT_PREEMPTED = 11; // slices ended because sysmon asked
export const STAT_TRIES = 12; //   looks into another P's queue

// ---------------------------------------------------------------- mcaches, functions, spans
export const MCACHES = ALLP + (MAX_PROCS + 2) * P_SIZE;
/** head and length of a free list for each span class, then the tiny allocator's state. */
export const MCACHE_SIZE = NUM_SPAN_CLASSES * 2 + LINE;

export const FUNCS = MCACHES + (MAX_PROCS + 2) * MCACHE_SIZE;
/** 19 bits of a return id hold the function (see stack/abi.ts); this many are ever needed. */
export const MAX_FUNCS = 1 << 14;
export const FUNC_SIZE = 4; //   hash lo, hash hi, id, unused

/** Roots of the treaps of goroutines that wait for semaphores (sync/sema.ts). Go's semTabSize: a prime, so that strides spread. */
export const SEMTAB_SIZE = 251;
export const SEMTABLE = FUNCS + MAX_FUNCS * FUNC_SIZE;
export const SR_LOCK = 0; //  P-domain lock
export const SR_TREAP = 1; // [root lock] sudog at the top of the treap
export const SR_NWAIT = 2; // [a] waiters; changed under the lock, read without

/** What the policy's Ms share. */
export const POLICY_SHARED = 32 * LINE;
export const POLICY = SEMTABLE + SEMTAB_SIZE * LINE;

/** Everything after the tables depends on the size of the arena: see `heapStart` in arena.ts. */
export const TABLES_END = POLICY + POLICY_SHARED;
export const SPAN_SIZE = 16;

// ---------------------------------------------------------------- G
/** Header of a G; its start stack follows in the same object. */
export const G_STATUS = 0; //     [G]
export const G_FN = 1; //         [G] id of the start function
export const G_GOID = 2; //       [G] f64
export const G_SCHEDLINK = 4; //  whoever owns the list that the G is on
export const G_STACK = 6; //      [G] first slot of its stack
export const G_STACKCAP = 7; //   [G] slots
export const G_TOP = 8; //        [G] fp of the innermost frame while suspended, -1 while running
export const G_FIN = 9; //        [G] continuation of the operation that parked it, 0: none
export const G_PARAM = 10; //     waker: sudog of the operation that completed, 0: closed
export const G_WAITING = 11; //   [G] first sudog it waits with
export const G_WAITREASON = 12; // [G]
export const G_LOCKEDM = 13; //   [G] M it is locked to (LockOSThread)
export const G_PINM = 14; //      [G] M that holds JavaScript objects of its frames
export const G_PINS = 15; //      [G] how many
export const G_RESULT = 16; //    [G] host request that waits for its result, 0: none
export const G_GOPC = 17; //      [G] return id of the go statement (function and line)
export const G_LASTM = 18; //     [G] M of the last run, to count migrations
export const G_SELECTDONE = 19; // [a] select: the sudog whose case won, 0: none yet
export const G_FLAGS = 20; //     [G] G_SYSTEM
export const G_GOPCLINE = 21; //  [G] line of the go statement
export const G_LOCKCOUNT = 22; // [G] nesting of LockOSThread
export const G_SEQ = 23; //       [G] how often this G has been reused
export const G_POLICY = 24; //    [G] its policy record, 0 until a policy needs one; stays with the G
export const G_TIMER = 26; //     [G] its timer for sleep, 0 until it first sleeps; stays with the G
export const G_SYSCALL = 27; //   [G] M that waits, in the middle of a system call, for this G's turn; 0: none
export const G_HEADER = 28;
/** Slots of the start stack: 18, so that a G is 256 bytes, a size class and four cache lines. */
export const G_STACK0 = 18;
export const G_BYTES = G_HEADER * 4 + G_STACK0 * 8;
export const G_SYSTEM = 1;

// ---------------------------------------------------------------- policy record of a G (sched/record.ts), KIND_POLICY
export const R_SEQ = 2; //        [G] G_SEQ of the G that it was filled in for
export const R_STATE = 3; //      [a] checked mode: 1 from when the G is made runnable until it is taken to be run
export const R_EPOCH = 4; //      [G] checked mode: S_POLICYEPOCH when it was made runnable
export const R_PRIORITY = 5; //   [G] hints of the go statement
export const R_WEIGHT = 6; //     [G]
export const R_DEADLINE = 8; //   f64 [G] ms since the start, Infinity: none
export const R_SINCE = 10; //     f64 [G] checked mode, measured: when it was made runnable, 0: not timed
export const R_POLICY = 12; //    the policy's
export const R_BYTES = 128;

// ---------------------------------------------------------------- sudog: a G in a wait list (Go: runtime2.go)
export const SG_G = 0;
export const SG_NEXT = 1; //      [channel lock], or the cache's owner
export const SG_PREV = 2; //      [channel lock]
export const SG_CHAN = 3;
export const SG_ELEM = 4; //      f64: value to send, or place for the received one; [channel lock] while queued
export const SG_SUCCESS = 6; //   woken by a peer (1) or by close (0)
export const SG_ISSELECT = 7; //  0: no select, else SELECT_RECV or SELECT_SEND; constant while queued
export const SG_WAITLINK = 8; //  [G] next sudog of the same select; [root lock] next waiter of the same semaphore
// A semaphore's sudogs (sync/sema.ts), all [root lock] while queued: SG_CHAN is the semaphore's word, SG_ELEM the time when
// the wait began, SG_PREV and SG_NEXT are the children in the treap.
export const SG_LIFO = SG_SUCCESS; // it queues in front
export const SG_TICKET = 9; //    priority in the treap; after the wake-up 1: what it waited for was handed over
export const SG_PARENT = 10;
export const SG_WAITTAIL = 11; // last waiter of the same semaphore; of the first one only
export const SG_CASE = 9; //      [G] select: number of the case's name
export const SG_BYTES = 48;
export const SELECT_RECV = 1;
export const SELECT_SEND = 2;

// ---------------------------------------------------------------- hchan (Go: chan.go)
export const C_LOCK = 0; //       futex mutex
export const C_QCOUNT = 1; //     [chan lock], read racily by len
export const C_DATAQSIZ = 2; //   constant
export const C_CLOSED = 3; //     [chan lock]
export const C_SENDX = 4; //      [chan lock]
export const C_RECVX = 5;
export const C_RECVQ = 6; //      first, last
export const C_SENDQ = 8; //      first, last
export const C_BUF = 10; //       first slot of the ring, constant
export const C_BYTES = 64;

// ---------------------------------------------------------------- sync (each word is described in its file in sync/)
// A Mutex and a WaitGroup have a cache line each, though 16 bytes would do: their one word is written all the time, and two of them
// on one line, used by two Ps, cost each of them five times as much (MutexUncontended at procs 2: 52 ns instead of 11).
/** Two words are a lock, which other objects embed. */
export const MU_STATE = 0; //     [a] see sync/lock.ts
export const MU_SEMA = 1; //      [a]
export const MUTEX_MU = 2; //     Mutex: its lock
export const MUTEX_BYTES = 64;
export const WG_STATE = 2; //     [a] see sync/waitgroup.ts
export const WG_SEMA = 3; //      only its address matters: goroutines wait on it
export const WG_BYTES = 64;
export const RW_MU = 2; //        lock of the writers
export const RW_READERCOUNT = 4; // [a] readers, less 2^30 while a writer holds it or waits
export const RW_READERWAIT = 5; // [a] readers that a waiting writer still waits for
export const RW_READERSEM = 6; // [a]
export const RW_WRITERSEM = 7; // [a]
/** Half of it is the RWMutex, the other half what its RLocker's handle points to. */
export const RW_BYTES = 64;
export const RW_RLOCKER = 8;
export const ONCE_DONE = 1; //    [a] set once, under the lock
export const ONCE_MU = 2;
export const ONCE_BYTES = 32;
export const COND_LKIND = 1; //   constant: kind and address of its Locker
export const COND_LADDR = 2;
export const COND_NL = 3; //      its notify list, see sync/notifylist.ts
export const NL_WAIT = 0; //      [a] ticket of the next waiter
export const NL_NOTIFY = 1; //    [list lock] ticket of the next one to be notified; read without
export const NL_LOCK = 2; //      P-domain lock
export const NL_HEAD = 3; //      [list lock] waiters, through SG_NEXT
export const NL_TAIL = 4; //      [list lock]
export const COND_BYTES = 32;
export const SEM_LOCK = 1; //     P-domain lock
export const SEM_SIZE = 2; //     f64, constant
export const SEM_HELD = 4; //     f64 [sem lock]
export const SEM_WAITQ = 6; //    [sem lock] first, last
export const SEM_BYTES = 32;
export const BAR_PARTIES = 1; //  constant
export const BAR_ARRIVED = 2; //  [root lock of BAR_SEMA] how many wait
export const BAR_SEMA = 3; //     only its address matters
export const BAR_BYTES = 32;

/** Not word 1 of an object, where a free one has its mark: it may hold any pattern. */
export const AT_VALUE = 2; //     [a] atomic cells: the number; 64 bits, aligned, or the address of a cell
export const AT_TYPE = 3; //      [a] atomic.Value: type of its values, 0 before the first store
export const AT_BYTES = 16;
/** errgroup.Group, see context/errgroup.ts. */
export const EG_WAITGROUP = 2; // its WaitGroup, constant
export const EG_ERROR = 3; //     [a] cell with the first error, 0: none; set once
export const EG_LIMIT = 4; //     its Semaphore, 0: no limit; not while goroutines are active
export const EG_ACTIVE = 5; //    [a] goroutines that have not ended
export const EG_CONTEXT = 6; //   CancelContext to cancel, 0: none; set before others see the group
export const EG_BYTES = 32;
/** singleflight.Group, see sync/singleflight.ts. */
export const SF_LOCK = 2; //      futex mutex
export const SF_CALLS = 3; //     SyncMap from key to call, constant
export const SF_BYTES = 16;
/** A call of a singleflight.Group. */
export const CL_WAITQ = 2; //     first, last; [group lock]
export const CL_WAITING = 4; //   goroutines that wait, [group lock]; then those that have not read the result, [a]
export const CL_RESULT = 5; //    cell, written before the waiters are readied
export const CL_FAILED = 6; //    1: the result is an error
export const CL_BYTES = 32;
/** SyncMap, see sync/map.ts. [map lock] unless it says otherwise. */
export const SM_READ = 2; //      [a] table of the keys that need no lock, plus SM_AMENDED; written under the lock
export const SM_AMENDED = 1; //   there are keys in the dirty table only
export const SM_LOCK = 3; //      futex mutex
export const SM_DIRTY = 4; //     table, 0: none
export const SM_MISSES = 5; //    loads that needed the lock since the last promotion
export const SM_EXPUNGED = 6; //  entries that left the dirty table, through ME_LINK
export const SM_BYTES = 32;
/** An entry of a SyncMap: a key and its value. */
export const ME_CELL = 2; //      [a] MAP_NIL, MAP_EXPUNGED, or the cell with the value
export const ME_HASH = 3; //      constant
export const ME_KEY = 4; //       f64: the key, constant
export const ME_LINK = 6; //      [map lock]
export const ME_BYTES = 32;
export const MAP_NIL = 0; //      deleted
export const MAP_EXPUNGED = 1; // deleted, and not in the dirty table
/** A table of a SyncMap: open addressing, linear probing. */
export const MT_MASK = 2; //      slots - 1, constant
export const MT_COUNT = 3; //     entries
export const MT_SLOTS = 4; //     addresses of entries, 0: free
/** Pool, see sync/pool.ts. */
export const PO_TABLE = 2; //     its table, constant
export const PO_USED = 3; //      [a] Ps with an id below this may have a part; only grows
export const PO_BYTES = 16;
export const PT_LOCALS = 4; //    [a] one word for each P: its local part, 0 until it needs one; then constant
export const PT_BYTES = (4 + MAX_PROCS) * 4;
/** What one P has of a Pool: one line. */
export const PL_AGE = 2; //       [P] S_POOLAGE when it aged last
export const PL_PRIVATE = 4; //   [P] f64: a value, or EMPTY
export const PL_OLD = 6; //       [P] f64: the victim's
export const PL_HEAD = 8; //      [P] ring that values are pushed into
export const PL_TAIL = 9; //      [a] ring that thieves take from; 0 like PL_HEAD: none
export const PL_OLDTAIL = 10; //  [a] the victim's
export const PL_BYTES = LINE * 4;
/** A ring of values in a chain of rings. */
export const PR_HEADTAIL = 2; //  [a] head << 16 | tail
export const PR_MASK = 3; //      slots - 1, constant
export const PR_NEXT = 4; //      [a] towards the head; the owner sets it once
export const PR_PREV = 5; //      [a] towards the tail; who unlinks that one clears it
export const PR_SLOTS = 6; //     f64 each: a value, or EMPTY in the high word
// ---------------------------------------------------------------- timer (Go: time.go)
// Who may write what depends on T_STATUS: see timers.ts.
export const T_STATUS = 0; //     [a]
export const T_PP = 1; //         P in whose heap it is, 0: in none
export const T_WHEN = 2; //       f64: due when; in a heap also the key of its entry
export const T_NEXTWHEN = 4; //   f64: the new T_WHEN of a timerModified...
export const T_PERIOD = 6; //     f64: 0 or the distance to the next time
export const T_F = 8; //          what to call: index in the table of timer functions
export const T_ARG = 9; //        its argument: a G, a channel, ...
export const T_CHAN = 10; //      the channel that its user reads, 0: none; constant
export const T_GOPC = 11; //      afterFunc: function that made it; constant, as the two below
export const T_FUNC = 12; //      afterFunc: value slot, the function
export const T_ARGS = 14; //      afterFunc: value slot, an array of its arguments
export const T_BYTES = 64;

// ---------------------------------------------------------------- context (context/tree.ts)
export const CTX_KIND = 0; //      HANDLE_CANCELCTX, HANDLE_VALUECTX, 0: a root; constant
export const CTX_PARENT = 1; //    constant, 0: a root
export const CTX_CANCELER = 2; //  the nearest one, itself included, that can be cancelled, 0: none; constant
export const CTX_LOCK = 3; //      guards the four below, and the links of its children
export const CTX_DONE = 4; //      [lock] its channel, 0 until somebody asks; read atomically without the lock
export const CTX_ERR = 5; //       [lock] read atomically without the lock; constant once it is not 0
export const CTX_CHILDREN = 6; //  [lock] first child, through CTX_NEXT
export const CTX_CAUSEOF = 9; //   [lock] context whose CTX_CAUSE is the cause, 0: none; constant once there is an error
export const CTX_PREV = 7; //      [parent's lock] 0: first child, -1: in no list
export const CTX_NEXT = 8; //      [parent's lock]
export const CTX_DEADLINE = 10; // f64: time of day, 0: none; constant
export const CTX_TIMER = 12; //    of one that can be cancelled: its timer, 0: none; constant
export const CTX_CAUSE = 14; //    of one that can be cancelled: value slot; constant once there is an error
export const CTX_KEY = 12; //      of one with a value: two words; constant
export const CTX_VALUE = 14; //    of one with a value: value slot; constant
export const CTX_BYTES = 64;

// ---------------------------------------------------------------- a call to a thread with an event loop (netpoll/call.ts)
export const CALL_KIND = 0; //    HANDLE_CALL
export const CALL_WAIT = 1; //    [a] wait word of the caller, see netpoll/block.ts
export const CALL_LINK = 2; //    whoever owns the list that the call is on
export const CALL_FAILED = 3; //  [callee, then G] the result is an error
export const CALL_NAME = 4; //    f64: [G, then callee] what to call
export const CALL_ARGS = 6; //    f64: array of the arguments
export const CALL_RESULT = 8; //  f64: [callee, then G]
export const CALL_BYTES = 48;

// ---------------------------------------------------------------- connection, listener, file (Go: pollDesc; netpoll/polldesc.ts)
export const PD_KIND = 0; //    HANDLE_CONN, ...
export const PD_LOCK = 1; //    guards what says [pd]; any thread
export const PD_LINK = 2; //    stack of submissions; the poller after it took it off
export const PD_RG = 3; //      [a] wait word of the reader, or of who accepts
export const PD_WG = 4; //      [a] wait word of the writer
export const PD_WANT = 5; //    [a] what the poller is to do: WANT_*
export const PD_QUEUED = 6; //  [a] 1: on the stack of submissions
export const PD_STATE = 7; //   [pd] PD_CLOSED, ...
export const PD_RHEAD = 8; //   [pd] received and not read: first chunk; of a listener: connection
export const PD_RTAIL = 9; //   [pd]
export const PD_RBYTES = 10; // [pd] bytes; connections
export const PD_WHEAD = 11; //  [pd] written and not yet taken by the poller
export const PD_WTAIL = 12; //  [pd]
export const PD_WBYTES = 13; // [pd] bytes that the kernel has not taken yet, also those the poller has
export const PD_ID = 14; //     [poller] index in its table; constant
export const PD_NEXT = 15; //   [pd of the listener] next one to accept
export const PD_RD = 16; //     f64 [pd] deadline of reads, in milliseconds of Date.now(); 0: none
export const PD_WD = 18; //     f64 [pd] of writes
export const PD_LADDR = 20; //  f64: value, local address; constant
export const PD_RADDR = 22; //  f64: value, remote address; constant
export const PD_ERR = 24; //    f64 [pd] value: code of the error that ended it, undefined: none
export const PD_RMAX = 26; //   [reader] most bytes it wants
export const PD_WCHUNK = 27; // [writer] what it waits to append
export const PD_ARMED = 28; //  f64 [pd] when the poller will look at the deadlines next, 0: not
export const PD_AHEAD = 30; //  [pd] so many bytes may lie unread, then the peer has to wait
export const PD_REFS = 31; //   [pd] who may still look at it, see netpoll/refs.ts; 0: it is never freed
export const PD_BYTES = 128;
/** PD_STATE: closed by a goroutine; the peer will send no more; the poller's part is gone; not reading, for too much is unread. */
export const PD_CLOSED = 1;
export const PD_EOF = 2;
export const PD_GONE = 4;
export const PD_PAUSED = 8;
export const PD_WRITECLOSED = 16;
/** Of HTTP: aborted by a goroutine; the head of the answer may not be changed any more; the whole answer has been sent. */
export const PD_ABORTED = 32;
export const PD_HEADED = 64;
export const PD_SENT = 128;
/** PD_WANT */
export const WANT_WRITE = 1;
export const WANT_RESUME = 2;
export const WANT_CLOSE = 4;
export const WANT_DEADLINE = 8;
export const WANT_CLOSEWRITE = 16;
export const WANT_ABORT = 32;
export const WANT_FREE = 64;
// an HTTP exchange (netpoll/message.ts): all of the above, and
export const HX_METHOD = 32; //  f64: value, constant; server only
export const HX_URL = 34; //     f64: value, constant; server only
export const HX_HEADERS = 36; // f64 [pd] value: headers that were received
export const HX_HEAD = 38; //    f64: value, status and headers of the answer; the goroutine's until PD_HEADED, then the poller's
export const HX_STATUS = 40; //  [pd] status that the server has sent, 0: not yet; client only
export const HX_MAXBODY = 41; // bytes(): most bytes if the caller does not say; constant
export const HX_LEFT = 44; //    f64: bytes to write until the content-length of the answer, -1: it has none; who answers, after PD_CLOSED the poller
export const HX_EG = 42; //      [a] wait word of who has answered and waits until that is sent
export const HX_BYTES = 256;
// a chunk of bytes on its way: KIND_NOSCAN
export const CH_NEXT = 0; //    [pd]
export const CH_SIZE = 1; //    bytes it was made for
export const CH_START = 2; //   [pd] first byte not read
export const CH_HEAD = 4; //    words before the bytes

// ---------------------------------------------------------------- the allocator's own (mspan.ts, mheap.ts)
export const PAGE_SHIFT = 11; // log2(PAGE_WORDS)
export const SPANS = TABLES_END;
// ---- span struct: [heap] mheap's lock, [central] the lock of the mcentral of its span class
export const SP_NPAGES = 0; //   [heap] length of the run
export const SP_STATE = 1; //    [heap]
export const SP_CLASS = 2; //    [heap] span class; constant while in use
export const SP_NELEMS = 3; //   [heap] objects that fit; constant while in use
export const SP_ELEM = 4; //     [heap] words of an object; constant while in use
export const SP_NALLOC = 5; //   [central] objects in the hands of mcaches and users
export const SP_FREELIST = 6; // [central] objects that came back, through their first word
export const SP_CARVED = 7; //   [central] objects below this index have been handed out once
export const SP_NEXT = 8; //     [heap] list of free runs, or [central] list of spans with room
export const SP_PREV = 9;
export const SPAN_NONE = 0; //  not the first page of a run
export const SPAN_FREE = 1;
export const SPAN_INUSE = 2; // small objects: belongs to an mcentral
export const SPAN_LARGE = 3; // one object: belongs to its user
/** First word of the page map: constant after mallocinit. */
export const MH_PAGEMAP = MHEAP + 1;
/** Second word of every free object. Positive, so V8 keeps the comparison in integers. */
export const FREE_MARK = 0x7ff0_dead;
/** Two tiny objects share an object of this span class (see mcache.ts). */
export const TINY_BYTES = 8;
