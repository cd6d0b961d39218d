import type { z } from 'zod';
import { toEnvName } from './setting-list.ts';

/** One fault of the configuration. `path` is empty if it concerns the file as a whole. */
export type ConfigFault = { readonly path: string; readonly sentence: string };

export function toPathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/**
 * Turns zod's issues into sentences that begin with the name of the setting. A value is quoted only if it
 * is not a secret.
 */
export function toConfigFaults(
  issues: readonly z.core.$ZodIssue[],
  { known, overriddenBy }: { known: readonly string[]; overriddenBy: ReadonlyMap<string, string> },
): ConfigFault[] {
  return issues.flatMap((issue) => {
    const path = toPathText(issue.path);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => toUnknownKey(path, key, known));
    const source = overriddenBy.get(path.replace(/\[\d+\]$/, ''));
    const from = source === undefined ? '' : ` (set by ${source})`;
    const hint =
      issue.message === 'is missing'
        ? `: set it in the settings file, or set ${toEnvName(path)} in the environment`
        : '';
    return [{ path, sentence: `${path} ${issue.message}${from}${hint}.` }];
  });
}

function toUnknownKey(parent: string, key: string, known: readonly string[]): ConfigFault {
  const path = parent === '' ? key : `${parent}.${key}`;
  const prefix = parent === '' ? '' : `${parent}.`;
  const siblings = new Set(
    known.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length).split('.')[0] ?? ''),
  );
  const near = findNearest(key, siblings);
  const elsewhere = known.find((one) => one.split('.').at(-1) === key);
  const hint =
    near !== null
      ? ` Did you mean ${prefix}${near}?`
      : elsewhere !== undefined
        ? ` Did you mean ${elsewhere}?`
        : '';
  return { path, sentence: `${path} is not a setting.${hint}` };
}

/** The text for an issue whose schema has none of its own. Called by zod. */
export function toIssueText(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${article(issue.expected)}${quoted(issue.input)}`;
    case 'invalid_value':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${issue.values.map(String).join(' or ')}${quoted(issue.input)}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}${quoted(issue.input)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${quoted(issue.input)}`;
    case 'invalid_format':
      return 'has the wrong format';
    default:
      return 'is not valid';
  }
}

function article(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    int: 'a whole number',
    number: 'a number',
    string: 'a text',
    boolean: 'true or false',
    array: 'a list',
    object: 'a group of settings',
    record: 'a group of settings',
  };
  return words[expected] ?? expected;
}

function quoted(input: unknown): string {
  if (typeof input === 'number' || typeof input === 'boolean') return `, not ${input}`;
  if (typeof input === 'string' && input.length <= 40) return `, not "${input}"`;
  return '';
}

/** Returns the known name closest to a mistyped one by edit distance, or null if none is close. */
export function findNearest(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase();
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (best === null || distance < best.distance) best = { name: candidate, distance };
  }
  return best !== null && best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.name : null;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
