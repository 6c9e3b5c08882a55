/** Why a goroutine waits: the texts of Go's dumps (runtime2.go, waitReasonStrings), in Go's order where we have them. */
export const waitReasons = [
  "",
  "GC assist marking",
  "IO wait",
  "chan receive (nil chan)",
  "chan send (nil chan)",
  "dumping heap",
  "garbage collection",
  "garbage collection scan",
  "panicwait",
  "select",
  "select (no cases)",
  "GC assist wait",
  "GC sweep wait",
  "GC scavenge wait",
  "chan receive",
  "chan send",
  "finalizer wait",
  "force gc (idle)",
  "semacquire",
  "sleep",
  "sync.Cond.Wait",
  "timer goroutine (idle)",
  "trace reader (blocked)",
  "wait for GC cycle",
  "GC worker (idle)",
  "preempted",
  "debug call",
  "sync.Mutex.Lock",
  "sync.RWMutex.Lock",
  // Not Go's:
  "promise",
  "host call",
] as const;

const at = (s: (typeof waitReasons)[number]): number => waitReasons.indexOf(s);
export const waitReasonZero = 0;
export const waitReasonIOWait = at("IO wait");
export const waitReasonChanReceiveNilChan = at("chan receive (nil chan)");
export const waitReasonChanSendNilChan = at("chan send (nil chan)");
export const waitReasonSelect = at("select");
export const waitReasonSelectNoCases = at("select (no cases)");
export const waitReasonChanReceive = at("chan receive");
export const waitReasonChanSend = at("chan send");
export const waitReasonSemacquire = at("semacquire");
export const waitReasonSyncCondWait = at("sync.Cond.Wait");
export const waitReasonSleep = at("sleep");
export const waitReasonSyncMutexLock = at("sync.Mutex.Lock");
export const waitReasonHostCall = at("host call");
export const waitReasonPromise = at("promise");
