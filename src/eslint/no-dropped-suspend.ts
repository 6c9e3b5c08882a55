import type { Rule } from "eslint";
import type { CallExpression, Node } from "estree";
import { Bindings, type GeneratorNode, type Linked } from "./bindings.js";

/**
 * Reports a call that can suspend whose result is dropped, in the body of a goroutine function.
 *
 * `ch.send(1);` makes a generator object and throws it away: nothing is sent, and nothing says so. The call needs
 * `yield*` in front. The compiler refuses such a line when the module is loaded; this rule says it in the editor.
 *
 * What is a suspending call? With type information (typescript-eslint with `project` or `projectService`) it is one
 * whose result is a `Generator`: exact. Without it the rule goes by names: a function bound to `goroutine(...)` in
 * the file and `gosched()` are certain, and get a fix; a method called `send`, `recv`, `lock` and so on may belong to
 * some other class, so it only gets a suggestion. `void x.send(1);` says that it is meant so, here and to the compiler.
 */

/** Methods of channels and locks that suspend. */
const METHODS = ["send", "recv", "recvOk", "lock", "rlock", "wait", "acquire"];
/** Functions that gosched exports, or will, and that suspend. */
const FUNCTIONS = new Set(["gosched", "gomaxprocs", "select", "sleep", "wait"]);

interface Options {
  /** Specifiers under which gosched is imported, besides `gosched`. */
  modules?: string[];
  /** Names of further methods that suspend. */
  methods?: string[];
}

type Certainty = "certain" | "likely" | "no";
type Asker = (call: CallExpression) => Certainty | undefined;

const isFunction = (node: Node): boolean =>
  node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type === "ArrowFunctionExpression";

function calleeName(call: CallExpression): string | undefined {
  const { callee } = call;
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression" || callee.computed) return undefined;
  return callee.property.type === "Identifier" ? callee.property.name : undefined;
}

/** Asks the type checker, if the parser brought one. Undefined: it does not know (no checker, or an `any`). */
function typeAsker(sourceCode: Rule.RuleContext["sourceCode"]): Asker {
  interface Type {
    flags: number;
    symbol?: { name: string };
  }
  const TYPE_ANY = 1;
  const services = sourceCode.parserServices as { program?: object | null; getTypeAtLocation?: (node: Node) => Type };
  const { program, getTypeAtLocation } = services;
  if (program == null || getTypeAtLocation === undefined) return () => undefined;
  return (call) => {
    const type = getTypeAtLocation(call);
    // `any`, and the error type of a name that did not resolve.
    if ((type.flags & TYPE_ANY) !== 0) return undefined;
    return type.symbol?.name === "Generator" ? "certain" : "no";
  };
}

/**
 * Where the value of an expression goes: nowhere (`dropped`), into a `yield` that lacks its star (`yielded`), or to
 * someone who uses it (undefined).
 */
function fate(start: Linked): "dropped" | "yielded" | undefined {
  let child = start;
  for (let node = child.parent; ; child = node, node = node.parent) {
    switch (node.type) {
      case "ExpressionStatement":
        return "dropped";
      case "YieldExpression":
        return node.delegate ? undefined : "yielded";
      case "SequenceExpression":
        if (node.expressions.at(-1) !== child) return "dropped";
        break;
      case "LogicalExpression":
        if (node.right !== child) return undefined;
        break;
      case "ConditionalExpression":
        if (node.test === child) return undefined;
        break;
      case "ForStatement":
        return node.init === child || node.update === child ? "dropped" : undefined;
      case "ChainExpression":
        break;
      default:
        return undefined;
    }
  }
}

export const noDroppedSuspend: Rule.RuleModule = {
  meta: {
    type: "problem",
    docs: { description: "require `yield*` before a call that can suspend, in goroutine functions", recommended: true },
    fixable: "code",
    hasSuggestions: true,
    schema: [
      {
        type: "object",
        properties: {
          modules: { type: "array", items: { type: "string" } },
          methods: { type: "array", items: { type: "string" } },
        },
        additionalProperties: false,
      },
    ],
    messages: {
      dropped: "`{{name}}` can suspend the goroutine: without `yield*` it does nothing.",
      star: "`{{name}}` can suspend the goroutine: it needs `yield*`, not `yield`.",
      callback:
        "`{{name}}` can suspend the goroutine, and does nothing in a plain function. Use a loop with `yield*` in the goroutine function.",
      insert: "Insert `yield*`.",
    },
  },

  create(context) {
    const options = (context.options[0] ?? {}) as Options;
    const { sourceCode } = context;
    const bindings = new Bindings(sourceCode, ["gosched", ...(options.modules ?? [])]);
    const methods = new Set([...METHODS, ...(options.methods ?? [])]);
    const byType = typeAsker(sourceCode);
    const goroutines = new Set<Node>();
    const calls: (CallExpression & Rule.NodeParentExtension)[] = [];

    function byName(call: CallExpression): Certainty {
      if (call.callee.type === "Super") return "no";
      if (bindings.isGoroutine(call.callee)) return "certain";
      const exported = bindings.exportName(call.callee);
      if (exported !== undefined) return FUNCTIONS.has(exported) ? "certain" : "no";
      const name = call.callee.type === "MemberExpression" ? calleeName(call) : undefined;
      return name !== undefined && methods.has(name) ? "likely" : "no";
    }

    /** The innermost function around a node, and whether some function around it is a goroutine function. */
    function around(node: Linked): { inner: Node | undefined; inGoroutine: boolean } {
      let inner: Node | undefined;
      for (let at: Linked | null = node.parent; at !== null; at = at.parent) {
        if (!isFunction(at)) continue;
        inner ??= at;
        if (goroutines.has(at)) return { inner, inGoroutine: true };
      }
      return { inner, inGoroutine: false };
    }

    function check(call: CallExpression & Rule.NodeParentExtension): void {
      const node = call as Linked & CallExpression;
      const where = fate(node);
      if (where === undefined) return;
      const { inner, inGoroutine } = around(node);
      if (!inGoroutine) return;
      const certainty = byType(call) ?? byName(call);
      if (certainty === "no") return;
      const data = { name: `${sourceCode.getText(call.callee as Node)}(...)` };

      if ((inner as GeneratorNode).generator !== true) {
        context.report({ node: call, messageId: "callback", data });
        return;
      }
      const messageId = where === "yielded" ? "star" : "dropped";
      // `yield* a?.b()` would delegate to undefined where a is missing: what to write is the user's choice.
      if (node.parent.type === "ChainExpression") {
        context.report({ node: call, messageId, data });
        return;
      }
      const fix = (fixer: Rule.RuleFixer): Rule.Fix[] => {
        if (node.parent.type === "YieldExpression") {
          const keyword = sourceCode.getFirstToken(node.parent)!;
          return [fixer.insertTextAfter(keyword, "*")];
        }
        const bare = node.parent.type === "ExpressionStatement";
        return [
          fixer.insertTextBefore(call, bare ? "yield* " : "(yield* "),
          ...(bare ? [] : [fixer.insertTextAfter(call, ")")]),
        ];
      };
      if (certainty === "certain") context.report({ node: call, messageId, data, fix });
      else context.report({ node: call, messageId, data, suggest: [{ messageId: "insert", fix }] });
    }

    return {
      CallExpression(node) {
        const name = node.callee.type === "Super" ? undefined : bindings.exportName(node.callee);
        if (name === "goroutine" || name === "go" || name === "afterFunc") {
          const generator = bindings.generator(node.arguments[name === "afterFunc" ? 1 : 0]);
          if (generator !== undefined) goroutines.add(generator);
        }
        calls.push(node);
      },
      // A function may be declared above the `goroutine(...)` that makes it one: judge when all are known.
      "Program:exit"() {
        for (const call of calls) check(call);
      },
    };
  },
};
