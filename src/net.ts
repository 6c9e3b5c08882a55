/**
 * `gosched/net`: TCP and Unix sockets for goroutines.
 *
 * A goroutine that waits for the network costs no thread. How it works and what it costs: docs/io.md.
 */
export { Conn } from "./netpoll/conn.js";
export { dial, listen, Listener, type Network } from "./netpoll/listener.js";
export { OpError } from "./netpoll/operror.js";
