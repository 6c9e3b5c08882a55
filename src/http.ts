/**
 * `gosched/http`: an HTTP server and client for goroutines. Node's own parser and client work in the network poller's
 * thread; goroutines get whole requests and give whole responses.
 */
export {
  get,
  listen,
  type ListenOptions,
  Request,
  request,
  type RequestOptions,
  type Response,
  Server,
} from "./netpoll/http.js";
