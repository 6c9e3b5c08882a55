/**
 * `gosched/http`: an HTTP server and client for goroutines. Node's own parser and client work in the network poller's
 * thread; goroutines read and write bodies in pieces, or as a whole.
 */
export { listen, type ListenOptions, Server } from "./netpoll/http.js";
export {
  Exchange,
  get,
  open,
  type OpenOptions,
  request,
  type RequestOptions,
  type Response,
} from "./netpoll/httpclient.js";
export type { Headers } from "./netpoll/message.js";
export { Request } from "./netpoll/request.js";
export type { Handler } from "./netpoll/serve.js";
