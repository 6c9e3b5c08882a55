/**
 * The load, in its own process: `node load.js PORT CONNECTIONS SECONDS`. Each connection sends a message of 128 bytes, waits
 * for all of it to come back, checks its length, and sends the next one. Prints messages a second after warming up.
 */
import net from "node:net";
import { MESSAGE } from "./compute.js";

const [port, connections, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const WARM_MS = 1000;
const message = Buffer.alloc(MESSAGE, 7);
let echoed = 0;
const sockets = Array.from({ length: connections }, () => {
  let missing = MESSAGE;
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(message));
  socket.on("data", (data) => {
    missing -= data.length;
    if (missing > 0) return;
    if (missing < 0) throw new Error("more came back than was sent");
    missing = MESSAGE;
    echoed++;
    socket.write(message);
  });
  socket.on("error", (e) => {
    throw e;
  });
  return socket;
});
setTimeout(() => {
  const from = performance.now();
  const cpu = process.cpuUsage();
  echoed = 0;
  setTimeout(() => {
    const rate = echoed / ((performance.now() - from) / 1000);
    const used = process.cpuUsage(cpu);
    console.log(JSON.stringify({ rate: Math.round(rate), cpu: (used.user + used.system) / 1e6 / seconds }));
    for (const socket of sockets) socket.removeAllListeners("data").destroy();
  }, seconds * 1000);
}, WARM_MS);
