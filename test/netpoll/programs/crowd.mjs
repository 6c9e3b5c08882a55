/**
 * Opens connections to an echo server, all at once, and keeps those that are served: `crowd.mjs ADDRESS N`. Writes a line of numbers
 * whenever nothing has happened for half a second; closes everything that is served when it is told to, and ends when nothing is open.
 */
import net from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { clearInterval, setImmediate, setInterval } from "node:timers";

const [address, total] = [process.argv[2], Number(process.argv[3])];
const [host, port] = address.split(":");
const QUIET_MS = 500;
let served = 0;
let refused = 0;
let wrong = 0;
let last = Date.now();
let closing = false;
const open = new Set();

function one(i) {
  const socket = net.connect(Number(port), host);
  let state = "waits";
  let got = "";
  const settle = (as) => {
    if (state !== "waits") return;
    state = as;
    last = Date.now();
    if (as === "served") served++;
    else refused++;
  };
  open.add(socket);
  socket.on("connect", () => socket.write(`hello ${i}.`));
  socket.on("data", (b) => {
    got += b;
    if (!got.endsWith(".")) return;
    if (got !== `hello ${i}.`) wrong++;
    settle("served");
    if (closing) socket.destroy();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    open.delete(socket);
    settle("refused");
    last = Date.now();
  });
}

createInterface(process.stdin).once("line", () => {
  closing = true;
  // Those that wait are served now, or refused.
  for (const socket of open) if (socket.bytesRead > 0) socket.destroy();
});
process.stdin.unref();

// Some at a time: what limits them is the server, not how many a process can begin in one turn.
let begun = 0;
const STEP = 250;
(function more() {
  for (let k = 0; k < STEP && begun < total; k++) one(begun++);
  if (begun < total) setImmediate(more);
})();
let said = "";
const report = setInterval(() => {
  if (begun < total || Date.now() - last < QUIET_MS) return;
  const line = JSON.stringify({ served, refused, waiting: total - served - refused, wrong, open: open.size });
  if (line !== said) process.stdout.write(`${(said = line)}\n`);
  if (open.size === 0) {
    clearInterval(report);
    process.stdin.destroy();
  }
}, 50);
