/**
 * One measurement of an echo server under load: `run-echo.js --server=ours|node --procs=N --rounds=N --seconds=N`. Server and load
 * are processes of their own, on the loopback address. Prints messages a second as JSON.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const CONNECTIONS = 64;

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    procs: { type: "string", default: "1" },
    rounds: { type: "string", default: "0" },
    seconds: { type: "string", default: "3" },
  },
});
const at = (name: string): string => fileURLToPath(new URL(`echo/${name}.js`, import.meta.url));

const args = values.server === "ours" ? [at("server"), values.procs, values.rounds] : [at("node"), values.rounds];
// Its stdin is ours to close: the server ends with it, also if this process is killed.
const server = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
const [port] = (await once(server.stdout, "data")) as [Buffer];
const load = spawn(process.execPath, [at("load"), String(port).trim(), String(CONNECTIONS), values.seconds], {
  stdio: ["ignore", "pipe", "inherit"],
});
let out = "";
load.stdout.on("data", (text: Buffer) => (out += String(text)));
await once(load, "close");
server.stdin.end();
if (server.exitCode === null) await once(server, "exit");
console.log(out.trim());
