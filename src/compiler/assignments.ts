/** Assignments and destructuring patterns with a suspension inside. */
import type * as acorn from "acorn";
import { bindings, type Node } from "./ast.js";
import { logicalTest, operands, settle, stable, value } from "./expressions.js";
import { assign, code, type Frag, operand, ref, seq, src } from "./ir.js";
import type { Lowering } from "./lowering.js";

export function assignment(lw: Lowering, node: acorn.AssignmentExpression): Frag {
  const { left, operator } = node;
  if (operator === "=") {
    if ((left.type === "ObjectPattern" || left.type === "ArrayPattern") && lw.fn.suspends(left)) {
      const whole = lw.save(value(lw, node.right));
      bind(lw, left, whole);
      return whole;
    }
    return src(node, settle(lw, operands(node), node.end));
  }
  if (operator === "&&=" || operator === "||=" || operator === "??=") return logical(lw, node);
  // The old value is read before the right side runs.
  if (left.type === "Identifier" && stable(lw, left, node.end))
    return src(node, new Map([[node.right, value(lw, node.right)]]));
  const target = reference(lw, left);
  const old = lw.save(target);
  const right = value(lw, node.right);
  return [...target, " = ", ...old, ` ${operator.slice(0, -1)} `, ...operand(right)];
}

function logical(lw: Lowering, node: acorn.AssignmentExpression): Frag {
  const target = reference(lw, node.left);
  const result = lw.temp();
  lw.push(assign(result, target));
  const cons = lw.into(() => {
    const right = value(lw, node.right);
    lw.push(assign(result, [...target, " = (", ...right, ")"]));
  });
  lw.push({
    type: "if",
    test: logicalTest(node.operator, [ref(result)]),
    cons: seq(cons),
    alt: undefined,
    lo: 0,
    hi: 0,
  });
  return [ref(result)];
}

/** A target that can be read and written several times: its parts are settled. */
export function reference(lw: Lowering, left: Node): Frag {
  if (left.type !== "MemberExpression") return src(left);
  const settled = new Map<Node, Frag>();
  const part = (n: Node): void => {
    if (n.type === "Super" || n.type === "PrivateIdentifier") return;
    if (!lw.fn.suspends(n) && stable(lw, n, lw.fn.source.parent(left)!.end)) return;
    settled.set(n, lw.save(value(lw, n)));
  };
  part(left.object);
  if (left.computed) part(left.property);
  return src(left, settled);
}

/** Assigns a value to a pattern, taking apart what suspends. `from` can be read several times. */
export function bind(lw: Lowering, pattern: Node, from: Frag): void {
  if (!lw.fn.suspends(pattern)) {
    if (pattern.type === "AssignmentPattern") {
      // The default stands behind its target, but comes first.
      const text = src(pattern.right);
      const right: Frag = pattern.left.type === "Identifier" ? text : [{ ahead: true }, ...text, { ahead: false }];
      const given = lw.save([...from, " === undefined ? (", ...right, ") : ", ...from]);
      return bind(lw, pattern.left, given);
    }
    const kills = bindings(pattern).flatMap((id) => lw.killed(id));
    lw.push(
      code(
        pattern.type === "Identifier"
          ? [...src(pattern), " = ", ...from, ";"]
          : ["(", ...src(pattern), " = ", ...from, ");"],
        { kills },
      ),
    );
    return;
  }
  switch (pattern.type) {
    case "AssignmentPattern": {
      const target = pattern.left.type === "MemberExpression" ? reference(lw, pattern.left) : undefined;
      const result = lw.temp();
      lw.push(assign(result, from));
      const cons = lw.into(() => lw.push(assign(result, value(lw, pattern.right))));
      lw.push({ type: "if", test: [ref(result), " === undefined"], cons: seq(cons), alt: undefined, lo: 0, hi: 0 });
      if (target === undefined) bind(lw, pattern.left, [ref(result)]);
      else lw.push(code([...target, " = ", ref(result), ";"]));
      break;
    }
    case "MemberExpression":
      lw.push(code([...reference(lw, pattern), " = ", ...from, ";"]));
      break;
    case "ObjectPattern":
      bindObject(lw, pattern, from);
      break;
    case "ArrayPattern":
      bindArray(lw, pattern, from);
      break;
    default:
      throw lw.fn.source.error(
        pattern,
        `a suspension inside ${pattern.type} is not supported: take it out of the pattern`,
      );
  }
}

function bindObject(lw: Lowering, pattern: acorn.ObjectPattern, from: Frag): void {
  // Throws what the original throws for null and undefined.
  lw.push(code(["({} = ", ...from, ");"]));
  const keys: Frag[] = [];
  for (const p of pattern.properties) {
    if (p.type === "RestElement") {
      const rest = lw.save([`${lw.helper("omit")}(`, ...from, ", [", ...keys.flatMap((k): Frag => [...k, ", "]), "])"]);
      bind(lw, p.argument, rest);
      continue;
    }
    let key: Frag;
    if (p.computed) key = lw.save(value(lw, p.key));
    else if (p.key.type === "Identifier") key = [JSON.stringify(p.key.name)];
    else key = [lw.fn.source.slice(p.key)];
    keys.push(key);
    bind(lw, p.value, lw.save([...from, "[", ...key, "]"]));
  }
}

/** Arrays are read element by element; other iterables give their elements first. */
function bindArray(lw: Lowering, pattern: acorn.ArrayPattern, from: Frag): void {
  const rest = pattern.elements.at(-1)?.type === "RestElement";
  const count = rest ? "Infinity" : String(pattern.elements.length);
  const list = lw.save([`${lw.helper("elements")}(`, ...from, `, ${count})`]);
  pattern.elements.forEach((e, i) => {
    if (e === null) return;
    if (e.type === "RestElement") bind(lw, e.argument, lw.save([...list, `.slice(${i})`]));
    else bind(lw, e, lw.save([...list, `[${i}]`]));
  });
}
