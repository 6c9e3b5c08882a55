import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Go is missing or its compiler refused the programs. */
export class GoError extends Error {
  override name = "GoError";
}

export interface GoBuild {
  binary: string;
  /** As in "go1.19.8". */
  version: string;
}

/** Builds bench/go once, in a directory that goes away with this process. `go` is looked up as a shell would. */
export function buildGo(go = "go"): GoBuild {
  const version = spawnSync(go, ["env", "GOVERSION"], { encoding: "utf8" });
  if (version.error !== undefined || version.status !== 0) {
    throw new GoError(
      "Go is needed to compare with, and there is none on the PATH. Install it: apt-get install -y golang-go " +
        "(Debian, Ubuntu; elsewhere https://go.dev/dl), then run this again.",
    );
  }
  const directory = mkdtempSync(join(tmpdir(), "gosched-bench-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const binary = join(directory, "goschedbench");
  const env = { ...process.env, GOFLAGS: "", GOWORK: "off", GO111MODULE: "on", GOTOOLCHAIN: "local" };
  // Without a home directory Go does not know where to keep what it compiles.
  if (!("HOME" in env || "XDG_CACHE_HOME" in env || "GOCACHE" in env)) {
    Object.assign(env, { GOCACHE: join(directory, "cache"), GOPATH: join(directory, "path") });
  }
  const build = spawnSync(go, ["build", "-o", binary, "."], { cwd: sources(), env, encoding: "utf8" });
  if (build.status !== 0) throw new GoError(`go build failed in bench/go:\n${build.error?.message ?? build.stderr}`);
  return { binary, version: version.stdout.trim() };
}

/** The Go files stay in bench/go: only TypeScript has a copy in dist. */
function sources(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "package.json"))) directory = dirname(directory);
  return join(directory, "bench", "go");
}
