/**
 * A crawler: follows links from page to page, several at a time but never more than a limit, each page once.
 *
 *     npx gosched run examples/crawler.ts -- [PAGES] [LIMIT]
 *
 * The site is a server of its own: page n links to pages 2n+1 and 2n+2, and back to the first one.
 */
import { chan, type Chan, go, goroutine, println } from "gosched";
import { get, listen, type Request, type Server } from "gosched/http";

const page = goroutine(function* page(req: Request, pages: number) {
  const n = Number(req.url.slice(1));
  const links = [2 * n + 1, 2 * n + 2, 0].filter((k) => k < pages);
  yield* req.respond(200, links.map((k) => `<a href="/${k}">`).join("\n"));
});

const site = goroutine(function* site(server: Server, pages: number) {
  yield* server.serve(page, pages);
});

/** Fetches what it is asked for, until there is no more. There are as many of these as requests may run at a time. */
const fetcher = goroutine(function* fetcher(base: string, urls: Chan<string>, found: Chan<string>) {
  for (;;) {
    const url = yield* urls.recv();
    if (url === undefined) break;
    const { body } = yield* get(base + url);
    const links = [...new TextDecoder().decode(body).matchAll(/href="([^"]*)"/g)].map((m) => m[1]);
    yield* found.send(links.join(" "));
  }
});

export const main = goroutine(function* main() {
  const pages = Number(process.argv[2] ?? 200);
  const limit = Number(process.argv[3] ?? 8);
  const server = yield* listen("127.0.0.1:0");
  go(site, server, pages);

  const urls = chan<string>(pages); // each page once: it cannot be full
  const found = chan<string>();
  for (let i = 0; i < limit; i++) go(fetcher, `http://${server.address}`, urls, found);

  const seen = new Set(["/0"]);
  yield* urls.send("/0");
  let links = 0;
  for (let open = 1; open > 0; open--) {
    for (const url of (yield* found.recv())!.split(" ")) {
      links++;
      if (seen.has(url)) continue;
      seen.add(url);
      yield* urls.send(url);
      open++;
    }
  }
  urls.close();
  println(`${seen.size} pages, ${links} links, at most ${limit} at a time`);
  yield* server.shutdown();
});
