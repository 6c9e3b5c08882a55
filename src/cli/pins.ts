/** `gosched pins FILE`: what keeps goroutines of a module on one thread, and where (the counterpart of `go build -gcflags=-m`). */
import { compile } from "../compiler/compile.js";
import { isTypeScript, readSource, stripWith } from "../compiler/load.js";
import * as swc from "@swc/wasm-typescript";

/** One line for each local that may pin, as `file:line: name: reason`; a compile error throws. */
export function pins(url: string, file: string): string[] {
  const text = readSource(url);
  const source = isTypeScript(url) ? stripWith(swc)(text, url) : text;
  const { pins, goroutines } = compile(source, url, { runtimeUrl: "gosched" });
  if (goroutines === 0) return [`${file}: no goroutine functions`];
  if (pins.length === 0) return [`${file}: nothing pins`];
  return pins.map((p) => `${file}:${p.line}: ${p.name}: ${p.reason}`);
}
