/**
 * `gosched/fs`: files for goroutines, by Node's asynchronous calls in the network poller's thread.
 *
 * Files are not pollable, in Go neither: there a read blocks a thread, here it is one of the poller's thread pool (4 threads;
 * environment variable UV_THREADPOOL_SIZE). Errors are Node's, with its `code`.
 */
export {
  appendFile,
  File,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  type Stat,
  writeFile,
} from "./netpoll/file.js";
