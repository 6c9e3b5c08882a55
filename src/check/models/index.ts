/** All models of the runtime's own code. */
import * as chan from "./chan.js";
import type { CoreModel } from "./common.js";
import * as context from "./context.js";
import * as deques from "./deques.js";
import * as globrunq from "./globrunq.js";
import * as lifecycle from "./lifecycle.js";
import * as locks from "./locks.js";
import * as map from "./map.js";
import * as meet from "./meet.js";
import * as memory from "./memory.js";
import * as netpoll from "./netpoll.js";
import * as park from "./park.js";
import * as policy from "./policy.js";
import * as runq from "./runq.js";
import * as select from "./select.js";
import * as sync from "./sync.js";
import * as syscall from "./syscall.js";
import * as timers from "./timers.js";

const files = [
  runq,
  globrunq,
  deques,
  locks,
  chan,
  select,
  sync,
  meet,
  map,
  context,
  park,
  syscall,
  policy,
  lifecycle,
  timers,
  netpoll,
  memory,
];
export const models: readonly CoreModel[] = files.flatMap((f) => f.models);
