/**
 * The examples of the documentation as programs: `@example` blocks of docstrings in src/, and `ts` blocks of Markdown pages.
 *
 * An example is the body of a main goroutine; statements that can only stand at module level (goroutine functions, imports,
 * types, functions, classes) are lifted there, and what it uses of the package is imported. An example that calls `run` or
 * `start` is a module of its own and runs on the host, and so is one that exports `main`. Comment lines after `// Output:`
 * are exactly what it prints, as in Go's documentation.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { globSync } from "tinyglobby";
import ts from "typescript";
import { root } from "../conformance/child.js";

export interface Example {
  /** FILE:LINE of its first line. */
  readonly place: string;
  /** What it prints, undefined if it does not say. */
  readonly output: string | undefined;
  readonly kind: "goroutine" | "program" | "host";
  /** The module that runs it, TypeScript. */
  readonly module: string;
}

/** Under the package, so that it finds itself by name, and where git and the linters do not look. */
const DIR = `${root}dist/test/docs/`;

interface Block {
  place: string;
  text: string;
}

/** `@example` blocks of all docstrings below src/. */
function docstrings(): Block[] {
  const blocks: Block[] = [];
  for (const file of globSync("src/**/*.ts", { cwd: root }).sort()) {
    const source = readFileSync(root + file, "utf8");
    for (const comment of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
      const first = source.slice(0, comment.index).split("\n").length;
      const lines = comment[0].split("\n").map((l) => l.replace(/^\s*(\/\*\*|\*\/|\* ?)|\s*\*\/$/g, ""));
      for (let i = 0; i < lines.length; i++) {
        if (!/^\s*@example\s*$/.test(lines[i]!)) continue;
        let end = i + 1;
        while (end < lines.length && !/^\s*@\w/.test(lines[end]!)) end++;
        const text = lines.slice(i + 1, end).filter((l) => !/^\s*```/.test(l));
        blocks.push({ place: `${file}:${first + i + 1}`, text: text.join("\n") });
      }
    }
  }
  return blocks;
}

/** Fenced `ts` blocks of a page; one whose fence says `ts fragment` is not a program. */
function page(file: string): Block[] {
  const source = readFileSync(root + file, "utf8");
  return [...source.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((m) => ({
    place: `${file}:${source.slice(0, m.index).split("\n").length + 1}`,
    text: m[1]!,
  }));
}

/** Names that a program may import from "gosched". */
function exported(): string[] {
  const program = ts.createProgram([`${root}src/index.ts`], { allowJs: false, noResolve: false, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(`${root}src/index.ts`)!;
  return checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).map((s) => s.name);
}

/** Statements that stand at module level: the rest is main's body. */
function isTop(s: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s) || ts.isFunctionDeclaration(s)) return true;
  if (ts.isClassDeclaration(s)) return true;
  if (!ts.isVariableStatement(s)) return false;
  return s.declarationList.declarations.every((d) => {
    const init = d.initializer;
    return (
      init !== undefined && ts.isCallExpression(init) && /^(goroutine|contextKey)$/.test(init.expression.getText())
    );
  });
}

function toExample({ place, text }: Block, names: string[]): Example {
  const [code, expected] = text.split(/^\s*\/\/ Output:\s*$/m);
  const output = expected
    ?.trimEnd()
    .split("\n")
    .filter((l) => l !== "")
    .map((l) => `${l.replace(/^\s*\/\/ ?/, "")}\n`)
    .join("");
  const host = /\bawait (run|start)\(/.test(code!);
  const program = /^export const main\b/m.test(code!);
  // Import declarations may not stand in a function, where the rest is parsed.
  const imports = code!.match(/^import [\s\S]*?;$/gm) ?? [];
  const rest = code!.replace(/^import [\s\S]*?;$/gm, "");
  const own = new Set(imports.flatMap((l) => l.match(/\w+/g) ?? []));
  const used = names.filter((n) => new RegExp(`(?<![.\\w])${n}\\b`).test(rest) && !own.has(n));
  const local = (n: string): boolean =>
    new RegExp(`\\b(const|let|function\\*?|class|type|interface) ${n}\\b`).test(rest);
  const wanted = used.filter((n) => !local(n));
  const head = [...imports, ...(wanted.length === 0 ? [] : [`import { ${wanted.join(", ")} } from "gosched";`])].join(
    "\n",
  );
  if (host || program) {
    return { place, output, kind: host ? "host" : "program", module: `${head}\n${rest}\nexport {};\n` };
  }
  const open = "function* main() {\n";
  const wrapped = ts.createSourceFile("example.ts", `${open}${rest}\n}`, ts.ScriptTarget.ESNext, true);
  const statements = [...(wrapped.statements[0] as ts.FunctionDeclaration).body!.statements];
  const pick = (top: boolean): string =>
    statements
      .filter((s) => isTop(s) === top)
      .map((s) => s.getFullText())
      .join("");
  const module = `${head}\n${pick(true)}\nexport const main = goroutine(function* main() {\n${pick(false)}\n});\n`;
  const withGoroutine = /import \{[^}]*\bgoroutine\b/.test(head)
    ? module
    : `import { goroutine } from "gosched";\n${module}`;
  return { place, output, kind: "goroutine", module: withGoroutine };
}

export function examples(): Example[] {
  const names = exported();
  const pages = ["README.md", "docs/from-go.md", "docs/from-node.md"].filter(
    (f) => globSync(f, { cwd: root }).length > 0,
  );
  return [...docstrings(), ...pages.flatMap(page)].map((b) => toExample(b, names));
}

/** Writes the examples as modules; `file` of each, by its index. */
export function write(list: readonly Example[]): string[] {
  rmSync(DIR, { recursive: true, force: true });
  mkdirSync(DIR, { recursive: true });
  return list.map((e, i) => {
    const file = `${DIR}example${i}.ts`;
    writeFileSync(file, `// ${e.place}\n${e.module}`);
    return file;
  });
}

/** What the type checker says of the modules, as lines that name the example. */
export function typeErrors(list: readonly Example[], files: readonly string[]): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.base.json`, (f) => readFileSync(f, "utf8")) as { config: any };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([...files], {
    ...options,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
  });
  return ts.getPreEmitDiagnostics(program).flatMap((d) => {
    const i = files.indexOf(d.file?.fileName ?? "");
    if (i < 0) return [];
    const line = d.file!.text.slice(0, d.start).split("\n").length;
    const text = d.file!.text.split("\n")[line - 1]!.trim();
    return [`${list[i]!.place}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")} (at: ${text})`];
  });
}
