/** The same in plain Node, on one thread: `node node.js ROUNDS`. */
import net from "node:net";
import { compute } from "./compute.js";

const rounds = Number(process.argv[2]);
const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("data", (data) => {
    compute(data, rounds);
    socket.write(data);
  });
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as net.AddressInfo).port));
process.stdin.on("end", () => process.exit()).resume();
