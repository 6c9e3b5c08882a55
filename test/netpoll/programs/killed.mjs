/** The network poller's thread is ended from outside while goroutines wait for it. */
import { setImmediate as turn } from "node:timers/promises";
import { goroutine, println, start } from "gosched";
import { listen } from "gosched/net";

const accepts = goroutine(function* accepts() {
  const listener = yield* listen("tcp", "127.0.0.1:0");
  yield* listener.accept();
});

const rt = await start({ procs: 2 });
const pending = rt.go(accepts).catch((e) => println(`${e.name}: ${e.message}`));
while (rt.netpoll === undefined) await turn();
await new Promise((resolve) => rt.netpoll.once("online", resolve));
await rt.netpoll.terminate();
await pending;
await rt.close();
println("closed");
