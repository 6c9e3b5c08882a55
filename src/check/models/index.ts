/** All models of the runtime's own code. */
import * as chan from "./chan.js";
import type { CoreModel } from "./common.js";
import * as globrunq from "./globrunq.js";
import * as locks from "./locks.js";
import * as runq from "./runq.js";

export const models: readonly CoreModel[] = [...runq.models, ...globrunq.models, ...locks.models, ...chan.models];
