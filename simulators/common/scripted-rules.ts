/** What a rule can do on the wire, whatever the simulator speaks. */
export type WireFault =
  | {
      type: 'answer' | 'apply-then-answer';
      status: number;
      headers: Record<string, string>;
      body: string | null;
    }
  | { type: 'drop' | 'apply-then-drop' }
  | { type: 'hang' | 'apply-then-hang'; holdMs: number }
  | { type: 'slow-body'; totalMs: number; stallAfterBytes: number | null }
  | { type: 'truncate'; bytes: number };

/** Conditions that are left out hold for every call. */
export interface RuleMatch {
  readonly facade?: string;
  readonly operation?: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly bodyIncludes: string | null;
}

/** `Action` is `WireFault`, or more where a simulator has faults of its own. */
export interface ScriptedRule<Action> {
  readonly id: number;
  readonly match: RuleMatch;
  readonly delayMs: number;
  readonly action: Action | null;
  skipsLeft: number;
  /** Null: until deleted. */
  timesLeft: number | null;
}

interface RuleSubject {
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  readonly body: string;
  readonly facade?: string;
  readonly operations?: readonly string[];
}

/** `User/{id}` and `user/{ID}/` name the same route. */
export const toComparablePath = (path: string): string =>
  path
    .split('/')
    .filter((segment) => segment !== '')
    .join('/')
    .replace(/\{[^}]*\}/g, '{}')
    .toLowerCase();

function isMatch(match: RuleMatch, subject: RuleSubject): boolean {
  const { method, path, bodyIncludes } = match;
  if (match.facade !== undefined && match.facade !== subject.facade) return false;
  if (match.operation !== undefined && !subject.operations?.includes(match.operation)) return false;
  if (method !== null && method !== subject.method) return false;
  if (bodyIncludes !== null && !subject.body.includes(bodyIncludes)) return false;
  if (path === null) return true;
  const wanted = toComparablePath(path);
  if (wanted === toComparablePath(subject.path)) return true;
  return subject.route !== null && wanted === toComparablePath(subject.route);
}

/** Answers written in advance: oldest first, one per call. */
export class ScriptedRules<Action = WireFault> {
  #rules: ScriptedRule<Action>[] = [];
  #lastId = 0;

  add(rule: Omit<ScriptedRule<Action>, 'id'>): ScriptedRule<Action> {
    this.#lastId += 1;
    const added = { id: this.#lastId, ...rule };
    this.#rules.push(added);
    return added;
  }

  /** The rule for this call, with one hit taken off it. A rule still skipping lets the call pass on. */
  take(subject: RuleSubject): ScriptedRule<Action> | null {
    for (const rule of this.#rules) {
      if (rule.timesLeft === 0 || !isMatch(rule.match, subject)) continue;
      if (rule.skipsLeft > 0) {
        rule.skipsLeft -= 1;
        continue;
      }
      if (rule.timesLeft !== null) rule.timesLeft -= 1;
      return rule;
    }
    return null;
  }

  list(): readonly ScriptedRule<Action>[] {
    return this.#rules;
  }

  remove(id: number): boolean {
    const keptRules = this.#rules.filter((rule) => rule.id !== id);
    const isRemoved = keptRules.length < this.#rules.length;
    this.#rules = keptRules;
    return isRemoved;
  }

  clear(): void {
    this.#rules = [];
  }
}
