/** The policies that come with gosched, but for chaos, which stands around one of them. */
import bwos from "./bwos/bwos.js";
import central from "./central/central.js";
import chaseLev from "./chase-lev/chase-lev.js";
import edf from "./edf/edf.js";
import fair from "./fair/fair.js";
import fifoLocal from "./fifo-local/fifo-local.js";
import globalFifo from "./global-fifo/global-fifo.js";
import gmp from "./gmp/gmp.js";
import lifoSlotStealable from "./lifo-slot-stealable/lifo-slot-stealable.js";
import lifoSlot from "./lifo-slot/lifo-slot.js";
import mlfq from "./mlfq/mlfq.js";
import noRunnext from "./no-runnext/no-runnext.js";
import type { Policy } from "./policy.js";
import priority from "./priority/priority.js";
import sharded from "./sharded/sharded.js";
import spin from "./spin/spin.js";
import stealHalf from "./steal-half/steal-half.js";
import stealOne from "./steal-one/steal-one.js";
import tinyQuanta from "./tiny-quanta/tiny-quanta.js";
import victim from "./victim/victim.js";

const all: readonly Policy[] = [
  gmp,
  globalFifo,
  noRunnext,
  lifoSlot,
  lifoSlotStealable,
  fifoLocal,
  stealOne,
  stealHalf,
  victim,
  spin,
  chaseLev,
  bwos,
  sharded,
  priority,
  edf,
  fair,
  mlfq,
  central,
  tinyQuanta,
];
/** By name. */
export const builtinBase: Readonly<Record<string, Policy>> = Object.fromEntries(all.map((p) => [p.name, p]));
