/** Which module called a function of this package: what is defined at module level is known by it on all threads. */

/** URL of the module that called `skip`, a function of the public API. */
export function callerUrl(skip: (...args: never[]) => unknown): string {
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  try {
    Error.prepareStackTrace = (_e, sites) => sites;
    Error.captureStackTrace(holder, skip);
    const file = holder.stack?.[0]?.getFileName() ?? "";
    const url = file.startsWith("/") ? new URL(`file://${file}`).href : file;
    return url.replace(/[?#].*$/, "");
  } finally {
    Error.prepareStackTrace = prepare;
  }
}
