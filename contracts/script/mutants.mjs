// Small changes of the contracts, one at a time, that tests have to notice: what `mutate.mjs` runs.
//
// All changes of a source stand in one copy of it, each behind a switch, so that the compiler runs once and not once for
// each: `a < b` becomes `(block.prevrandao == 17 ? a <= b : a < b)`. Nothing of ours asks for that number of a block
// otherwise. A function that was pure becomes view for it.
import { createHash } from "node:crypto";

const TOGETHER = {
  "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
  "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
  "<<": [">>"], ">>": ["<<"], "|": ["&"], "&": ["|"],
};
const INTO = { "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=" };
const NUMBER = /^t_u?int\d+$/;

const typeOf = (node) => node?.typeDescriptions?.typeIdentifier ?? "";
const isRational = (node) => typeOf(node).startsWith("t_rational");

/** Every node below one, with its parents, nearest last. Reverts are left out: what an error tells is for developers. */
function* walk(node, above = []) {
  if (!node || typeof node !== "object" || node.nodeType === "RevertStatement") return;
  if (node.nodeType) yield [node, above];
  for (const [key, child] of Object.entries(node)) {
    if (key === "typeDescriptions" || key === "documentation") continue;
    for (const one of Array.isArray(child) ? child : [child]) yield* walk(one, node.nodeType ? [...above, node] : above);
  }
}

class Source {
  constructor(path, text, ast, constants) {
    Object.assign(this, { path, ast, constants, bytes: Buffer.from(text) });
  }

  span(node) {
    const [start, length] = node.src.split(":").map(Number);
    return [start, start + length];
  }

  text(node) {
    return this.bytes.subarray(...this.span(node)).toString();
  }

  /** An assignment without which nothing compiles: of an immutable, or of a name for a place in storage. */
  isNeeded(node) {
    if (node.nodeType !== "Assignment") return false;
    if (/storage_ptr/.test(typeOf(node.leftHandSide))) return true;
    return [...walk(node.leftHandSide)].some(([one]) => this.immutables.has(one.referencedDeclaration));
  }

  line(node) {
    return this.bytes.subarray(0, this.span(node)[0]).toString().split("\n").length;
  }
}

/** What one node can become: [kind, text, whether it is a statement]. */
function* changes(source, node, parent, body) {
  const text = (one) => source.text(one);
  if (node.nodeType === "BinaryOperation" && !isRational(node)) {
    const { leftExpression: left, rightExpression: right, operator } = node;
    for (const other of TOGETHER[operator] ?? []) yield ["operator", `(${text(left)} ${other} ${text(right)})`];
  } else if (node.nodeType === "Assignment" && INTO[node.operator] && parent.nodeType === "ExpressionStatement") {
    yield ["assignment", `${text(node.leftHandSide)} ${INTO[node.operator]} ${text(node.rightHandSide)};`, parent];
  } else if (node.nodeType === "UnaryOperation") {
    if (node.operator === "!") yield ["negation", text(node.subExpression)];
    const turned = { "++": "--", "--": "++" }[node.operator];
    if (turned && parent.nodeType === "ExpressionStatement") yield ["step", `${turned}${text(node.subExpression)};`, parent];
    else if (turned) yield ["step", node.prefix ? `${turned}${text(node.subExpression)}` : `${text(node.subExpression)}${turned}`];
  } else if (node.nodeType === "Conditional") {
    yield ["branches", `(${text(node.condition)} ? ${text(node.falseExpression)} : ${text(node.trueExpression)})`];
  } else if (node.nodeType === "IfStatement") {
    const whole = text(node.condition);
    const inside = node.trueBody.nodeType === "Block" ? node.trueBody.statements[0] : node.trueBody;
    if (inside?.nodeType === "RevertStatement") yield ["guard", "false", node.condition];
    else for (const forced of ["true", "false"]) yield ["condition", forced, node.condition];
  } else if (node.nodeType === "ExpressionStatement") {
    if (!source.isNeeded(node.expression)) yield ["removed", "", node];
  } else if (node.nodeType === "EmitStatement") {
    yield ["event", "", node];
  } else if (node.nodeType === "Return" && node.expression && typeOf(node.expression) === "t_bool") {
    if (!["BinaryOperation", "UnaryOperation"].includes(node.expression.nodeType)) yield ["returned", `!(${text(node.expression)})`, node.expression];
  }
  if (node.nodeType === "Literal" && node.kind === "bool") yield ["literal", text(node) === "true" ? "false" : "true"];
  if (node.nodeType === "Literal" && node.kind === "number" && plainNumber(parent, node)) yield ["literal", `${text(node)} + 1`];
  if (node.nodeType === "Identifier" && source.constants.has(node.referencedDeclaration) && NUMBER.test(typeOf(node))) {
    yield ["constant", `(${text(node)} + 1)`];
  }
  if (node.nodeType === "FunctionCall" && node.kind === "functionCall") yield* swapped(source, node, parent);
}

/** A number whose type the compiler takes from beside it. */
function plainNumber(parent, node) {
  if (parent.nodeType === "BinaryOperation") return !isRational(parent) && NUMBER.test(parent.commonType?.typeIdentifier ?? "");
  if (parent.nodeType === "Assignment") return NUMBER.test(typeOf(parent.leftHandSide));
  return parent.nodeType === "IndexAccess" && parent.indexExpression === node;
}

function* swapped(source, node, parent) {
  const given = node.arguments.map((one) => source.text(one));
  for (let i = 0; i + 1 < given.length; ++i) {
    if (typeOf(node.arguments[i]) !== typeOf(node.arguments[i + 1]) || given[i] === given[i + 1]) continue;
    const turned = given.with(i, given[i + 1]).with(i + 1, given[i]);
    const call = `${source.text(node.expression)}(${turned.join(", ")})`;
    if (parent.nodeType === "ExpressionStatement") yield ["swapped", `${call};`, parent];
    else if (parent.nodeType === "EmitStatement") yield ["swapped", `emit ${call};`, parent];
    else yield ["swapped", call];
  }
}

/** All changes of a source, each with where it stands and a name that outlives changes elsewhere. */
function found(source) {
  const all = [];
  const names = new Map();
  const add = (node, kind, text, where, owner) => {
    const statement = ["ExpressionStatement", "EmitStatement"].includes(where.nodeType);
    const [start, before] = source.span(where);
    // A statement's span leaves out its semicolon; what a loop does at its end has none.
    if (statement && source.bytes[before] !== 59) return;
    const end = statement ? before + 1 : before;
    const was = source.text(where).replace(/\s+/g, " ");
    const base = `${owner}: ${kind}: ${was} -> ${text.replace(/\s+/g, " ")}`;
    const times = names.get(base) ?? 0;
    names.set(base, times + 1);
    all.push({ file: source.path, kind, start, end, text, statement, line: source.line(where), was,
      key: `${source.path.replace("src/", "")}: ${base}${times ? ` (${times + 1})` : ""}` });
  };
  for (const [definition] of walk(source.ast)) {
    if (!["FunctionDefinition", "ModifierDefinition"].includes(definition.nodeType) || !definition.body) continue;
    const owner = definition.name || definition.kind;
    for (const modifier of definition.modifiers ?? []) {
      if (source.modifiers.has(modifier.modifierName.name)) add(modifier, "modifier", "", modifier, owner);
    }
    for (const [node, above] of walk(definition.body)) {
      if (above.length === 0) continue;
      for (const [kind, text, where] of changes(source, node, above.at(-1), definition)) add(node, kind, text, where ?? node, owner);
    }
  }
  return all;
}

/** The source with its changes behind switches. */
export function switched(source, mutants) {
  const at = new Map();
  for (const mutant of mutants) {
    const place = `${mutant.start}:${mutant.end}`;
    at.set(place, [...(at.get(place) ?? []), mutant]);
  }
  const spans = [...at.values()].sort((a, b) => a[0].start - b[0].start || b[0].end - a[0].end);
  const render = (start, end, from, inner) => {
    let text = "";
    let position = start;
    for (let i = from; i < inner.length; ++i) {
      const [first] = inner[i];
      if (first.start < position) continue;
      if (first.end > end) break;
      text += source.bytes.subarray(position, first.start).toString();
      const below = inner.slice(i + 1).filter(([one]) => one.start >= first.start && one.end <= first.end);
      text += wrapped(inner[i], render(first.start, first.end, 0, below));
      position = first.end;
    }
    return text + source.bytes.subarray(position, end).toString();
  };
  let text = render(0, source.bytes.length, 0, spans);
  text = text.replace(/\) (external|public|internal|private)(\s+)pure(?!\s+override)/g, ") $1$2view");
  text = text.replace(/(internal|private)(\s+)pure(?!\s+override)/g, "$1$2view");
  return withModifiers(text);
}

function wrapped(mutants, inner) {
  if (mutants[0].kind === "modifier") return `${inner}_(${mutants[0].id})`;
  const statement = mutants[0].statement;
  return mutants.reduce((text, { id, text: other }) => statement
    ? `{ if (block.prevrandao == ${id}) { ${other} } else { ${text} } }`
    : `(block.prevrandao == ${id} ? ${other} : ${text})`, inner);
}

/** A second form of each modifier, which the switch can turn off in one place. */
const withModifiers = (text) => text.replace(
  /( *)modifier (\w+)\(\) \{\n([\s\S]*?)\n( *)_;\n *\}\n/g,
  (whole, indent, name, body) => `${whole}\n${indent}modifier ${name}_(uint256 number) {\n${indent}    if (block.prevrandao != number) {\n${body}\n${indent}    }\n${indent}    _;\n${indent}}\n`,
);

/** Sources with their syntax trees, from what the compiler answered. */
export function sourcesOf(paths, texts, output) {
  const constants = new Set();
  const modifiers = new Set();
  const immutables = new Set();
  for (const path of Object.keys(output.sources)) {
    for (const [node] of walk(output.sources[path].ast)) {
      if (node.nodeType === "VariableDeclaration" && node.constant && node.stateVariable) constants.add(node.id);
      if (node.nodeType === "VariableDeclaration" && node.mutability === "immutable") immutables.add(node.id);
      if (node.nodeType === "ModifierDefinition" && path.startsWith("src/") && !node.parameters.parameters.length) modifiers.add(node.name);
    }
  }
  return paths.map((path) => Object.assign(new Source(path, texts[path], output.sources[path].ast, constants), { modifiers, immutables }));
}

/** All changes of all sources, numbered from 1. */
export function mutantsOf(sources) {
  const all = sources.flatMap(found);
  all.forEach((mutant, i) => Object.assign(mutant, { id: i + 1 }));
  return all;
}

/** A short hash of a name, for lists. */
export const shortOf = (key) => createHash("sha256").update(key).digest("hex").slice(0, 10);
