import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/*
 * Expressions of PromQL as this project uses them. The official grammar parses; what is not in the unions below is
 * refused with a sentence, so that no rule is judged by an evaluation that leaves a part of it out.
 */

export type Matcher = {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
};

/** `rangeS`: a window in seconds, null for the newest value. */
export type Selector = {
  readonly kind: 'selector';
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly rangeS: number | null;
};

/** Which labels take part: `isBy` those that are named, else all but those. */
export type Grouping = { readonly isBy: boolean; readonly labels: readonly string[] };

export type Aggregation = {
  readonly kind: 'aggregation';
  readonly op: 'sum' | 'max' | 'min' | 'avg' | 'count';
  readonly grouping: Grouping;
  readonly of: Expression;
};

export const functionNames = [
  'absent',
  'avg_over_time',
  'clamp_min',
  'day_of_month',
  'day_of_week',
  'histogram_quantile',
  'hour',
  'increase',
  'max_over_time',
  'month',
  'rate',
  'sum_over_time',
  'time',
  'vector',
] as const;
export type FunctionName = (typeof functionNames)[number];

export type Operator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '>' | '>=' | '<' | '<=' | SetOperator;
export type SetOperator = 'and' | 'or' | 'unless';

export type Binary = {
  readonly kind: 'binary';
  readonly op: Operator;
  readonly isBool: boolean;
  /** Null: all labels must be equal. */
  readonly matching: Grouping | null;
  /** `left`: many on the left may meet one on the right. */
  readonly group: 'left' | 'none';
  readonly left: Expression;
  readonly right: Expression;
};

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly Expression[] }
  | Selector
  | Aggregation
  | Binary;

/** Parses an expression. Throws where the text is not PromQL, and where it uses what this project does not. */
export function parseExpression(text: string): Expression {
  const tree = parser.parse(text);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError)
        throw new Error(`"${text}" is no PromQL: something is wrong at character ${from + 1}`);
    },
  });
  const [first] = childrenOf(tree.topNode);
  if (first === undefined) throw new Error('an expression is empty');
  return new Reader(text).read(first);
}

/** Every expression in an expression, itself included. */
export function listExpressions(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'selector':
      return [expression];
    case 'call':
      return [expression, ...expression.args.flatMap(listExpressions)];
    case 'aggregation':
      return [expression, ...listExpressions(expression.of)];
    case 'binary':
      return [expression, ...listExpressions(expression.left), ...listExpressions(expression.right)];
  }
}

/** `5m` → 300, `1h30m` → 5400. */
export function toSeconds(duration: string): number {
  const units = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 };
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== duration)
    throw new Error(`"${duration}" is no duration`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
}

/** Walks the syntax tree of one text. Its nodes are named by the grammar. */
class Reader {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  read(node: SyntaxNode): Expression {
    switch (node.name) {
      case 'ParenExpr':
        return this.read(this.#one(node));
      case 'NumberDurationLiteral':
        return { kind: 'number', value: this.#number(node) };
      case 'UnaryExpr':
        return this.#negative(node);
      case 'VectorSelector':
        return this.#selector(node, null);
      case 'MatrixSelector':
        return this.#range(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'BinaryExpr':
        return this.#binary(node);
      default:
        throw this.#outside(node, 'this kind of expression');
    }
  }

  #of(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  #outside(node: SyntaxNode, what: string): Error {
    return new Error(`${what} is not evaluated here: "${this.#of(node)}" (${node.name}) in "${this.#text}"`);
  }

  #one(node: SyntaxNode): SyntaxNode {
    const [only, ...rest] = childrenOf(node);
    if (only === undefined || rest.length > 0) throw this.#outside(node, 'more than one part');
    return only;
  }

  #number(node: SyntaxNode): number {
    const value = Number(this.#of(node));
    if (Number.isNaN(value)) throw this.#outside(node, 'such a number');
    return value;
  }

  #negative(node: SyntaxNode): Expression {
    const [op, operand] = childrenOf(node);
    const inner = operand === undefined ? null : this.read(operand);
    if (op === undefined || this.#of(op) !== '-' || inner?.kind !== 'number')
      throw this.#outside(node, 'a sign before anything but a number');
    return { kind: 'number', value: -inner.value };
  }

  #selector(node: SyntaxNode, rangeS: number | null): Selector {
    const name = node.getChild('Identifier');
    const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
    if (name === null) throw this.#outside(node, 'a selection without a name');
    return {
      kind: 'selector',
      name: this.#of(name),
      matchers: matchers.map((one) => this.#matcher(one)),
      rangeS,
    };
  }

  #matcher(node: SyntaxNode): Matcher {
    const [label, op, value] = childrenOf(node);
    if (label === undefined || op === undefined || value === undefined)
      throw this.#outside(node, 'such a matcher');
    return { label: this.#of(label), op: this.#of(op) as Matcher['op'], value: this.#string(value) };
  }

  #string(node: SyntaxNode): string {
    const text = this.#of(node);
    if (!text.startsWith('"')) throw this.#outside(node, 'a text in other than double quotes');
    return JSON.parse(text) as string;
  }

  #range(node: SyntaxNode): Selector {
    const [of, duration] = childrenOf(node);
    if (of?.name !== 'VectorSelector' || duration === undefined) throw this.#outside(node, 'such a range');
    return this.#selector(of, toSeconds(this.#of(duration)));
  }

  #call(node: SyntaxNode): Expression {
    const [identifier, body] = childrenOf(node);
    const name = functionNames.find((one) => identifier !== undefined && one === this.#of(identifier));
    if (name === undefined || body === undefined) throw this.#outside(node, 'this function');
    return { kind: 'call', name, args: childrenOf(body).map((argument) => this.read(argument)) };
  }

  #aggregation(node: SyntaxNode): Aggregation {
    const [op, modifier, body] = [
      node.getChild('AggregateOp'),
      node.getChild('AggregateModifier'),
      node.getChild('FunctionCallBody'),
    ];
    const word = op === null ? '' : this.#of(op);
    if (body === null || !['sum', 'max', 'min', 'avg', 'count'].includes(word))
      throw this.#outside(node, 'this aggregation');
    const by = modifier === null ? null : childrenOf(modifier)[0];
    const grouping =
      modifier === null || by == null
        ? { isBy: true, labels: [] }
        : { isBy: this.#of(by) === 'by', labels: this.#labels(modifier.getChild('GroupingLabels')) };
    return { kind: 'aggregation', op: word as Aggregation['op'], grouping, of: this.read(this.#one(body)) };
  }

  #labels(node: SyntaxNode | null): readonly string[] {
    return node?.getChildren('LabelName').map((label) => this.#of(label)) ?? [];
  }

  #binary(node: SyntaxNode): Binary {
    const children = childrenOf(node);
    const [left, op] = children;
    const right = children.at(-1);
    if (left === undefined || op === undefined || right === undefined)
      throw this.#outside(node, 'such a pair');
    const word = this.#of(op).toLowerCase();
    if (!operators.includes(word)) throw this.#outside(op, 'this operator');
    const clause = node.getChild('MatchingModifierClause');
    if (node.getChild('FillModifier') !== null || clause?.getChild('GroupRight'))
      throw this.#outside(node, 'such a modifier');
    const [matching = null, grouped = null] = clause?.getChildren('GroupingLabels') ?? [];
    if (this.#labels(grouped).length > 0) throw this.#outside(node, 'a label taken from the other side');
    const hasGroup = clause?.getChild('GroupLeft') !== null && clause !== null;
    return {
      kind: 'binary',
      op: word as Operator,
      isBool: node.getChild('BoolModifier') !== null,
      matching:
        clause === null ? null : { isBy: clause.getChild('On') !== null, labels: this.#labels(matching) },
      group: hasGroup ? 'left' : 'none',
      left: this.read(left),
      right: this.read(right),
    };
  }
}

const operators: readonly string[] = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'and',
  'or',
  'unless',
];

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}
