/** Deferred calls for harness.ts, by the rules of the language and not by the runtime's code. */

export class Uncatchable extends Error {}

export interface Panic {
  value: unknown;
  recovered: boolean;
  /** Of the deferred call that may recover it, as its runner counts frames. */
  frame: unknown;
}

/** The end of a function that defers: what has become of it after each of its deferred calls. */
export class Ending {
  panic: Panic | undefined;
  result: unknown;
  constructor(
    readonly calls: [unknown, unknown[]][],
    kind: number,
    held: unknown,
  ) {
    if (kind === 1) this.panic = { value: held, recovered: false, frame: undefined };
    else this.result = held;
  }
  returned(): void {
    if (this.panic?.recovered === true) this.panic = undefined;
  }
  threw(e: unknown): void {
    if (e instanceof Uncatchable) throw e;
    this.panic = { value: e, recovered: false, frame: undefined };
  }
}

/** What plain deferred functions see; those of both runners run to their end at once. */
export class PlainCalls {
  private now: Ending | undefined;
  call(f: (...args: unknown[]) => unknown, args: unknown[], ending: Ending): void {
    const outer = this.now;
    this.now = ending;
    try {
      f(...args);
    } finally {
      this.now = outer;
    }
  }
  get running(): boolean {
    return this.now !== undefined;
  }
  readonly recover = (): unknown => take(this.now?.panic);
  readonly returned = ((self) => ({
    get value() {
      return self.now!.result;
    },
    set value(v: unknown) {
      self.now!.result = v;
    },
  }))(this);
}

export function take(p: Panic | undefined): unknown {
  if (p === undefined || p.recovered) return undefined;
  p.recovered = true;
  return p.value;
}
