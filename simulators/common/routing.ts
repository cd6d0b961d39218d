const DIGITS = /^\d+$/;

interface Route<H> {
  readonly pattern: string;
  readonly handler: H;
  readonly parameters: readonly RegExp[];
}

interface RouteMatch<H> {
  readonly kind: 'found';
  readonly route: Route<H>;
  readonly parameters: readonly string[];
}

export type RouteResult<H> = RouteMatch<H> | { kind: 'wrong-method'; pattern: string } | { kind: 'unknown' };

interface Node<H> {
  readonly literals: Map<string, Node<H>>;
  parameter: Node<H> | null;
  readonly routes: Map<string, Route<H>>;
}

const emptyNode = <H>(): Node<H> => ({ literals: new Map(), parameter: null, routes: new Map() });

/** Finds handlers by method and path: literals regardless of case and before parameters. */
export class RouteTable<H> {
  readonly #root: Node<H> = emptyNode();
  readonly #forms: Readonly<Record<string, RegExp>>;

  /** Which texts a parameter of a pattern takes, by its name; any other text means that the route is unknown. */
  constructor(forms: Readonly<Record<string, RegExp>>) {
    this.#forms = forms;
  }

  /** `User/{id}/Assign`; a parameter takes digits unless its name has a form. */
  add(method: string, pattern: string, handler: H): void {
    const parameters: RegExp[] = [];
    let node = this.#root;
    for (const segment of pattern.split('/')) {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      if (name !== undefined) parameters.push(this.#forms[name] ?? DIGITS);
      node = this.#step(node, name === undefined ? segment.toLowerCase() : null);
    }
    node.routes.set(method, { pattern, handler, parameters });
  }

  find(method: string, segments: readonly string[]): RouteResult<H> {
    const parameters: string[] = [];
    const node = this.#walk(this.#root, segments, parameters);
    const [anyRoute] = node?.routes.values() ?? [];
    if (node === null || anyRoute === undefined) return { kind: 'unknown' };
    if (!anyRoute.parameters.every((form, at) => form.test(parameters[at] ?? ''))) return { kind: 'unknown' };
    const route = node.routes.get(method);
    if (route === undefined) return { kind: 'wrong-method', pattern: anyRoute.pattern };
    return { kind: 'found', route, parameters };
  }

  #step(node: Node<H>, literal: string | null): Node<H> {
    if (literal === null) {
      node.parameter ??= emptyNode();
      return node.parameter;
    }
    const known = node.literals.get(literal) ?? emptyNode<H>();
    node.literals.set(literal, known);
    return known;
  }

  #walk(node: Node<H>, segments: readonly string[], parameters: string[]): Node<H> | null {
    const [segment, ...rest] = segments;
    if (segment === undefined) return node;
    const literal = node.literals.get(segment.toLowerCase());
    if (literal !== undefined) return this.#walk(literal, rest, parameters);
    if (node.parameter === null) return null;
    parameters.push(segment);
    return this.#walk(node.parameter, rest, parameters);
  }
}

/** Segments of a path; empty ones vanish, so repeated and trailing slashes do not matter. */
export function toSegments(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        return segment;
      }
    });
}

export interface Target {
  readonly path: string;
  readonly query: string;
}

export function toTarget(url: string): Target {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
