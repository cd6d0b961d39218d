import { isSecretReference, readSecret, Secret, type SecretSources } from '../base/secret.ts';
import { type ConfigFault, findNearest, toPathText } from './faults.ts';
import type { SettingInfo } from './setting-list.ts';

export type Tree = { [name: string]: unknown };
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Names that are not settings: the path of the file, and names that the launcher of the local stack reads.
 */
const otherNames = /^PICS_SYNC_(CONFIG$|STACK_|TEST_|DEMO_)/;

/** Puts values from the environment into the tree. Returns which variable set which setting. */
export function applyOverrides(tree: Tree, settings: readonly SettingInfo[], env: Env): Map<string, string> {
  const applied = new Map<string, string>();
  for (const setting of settings) {
    const text = env[setting.env];
    if (text === undefined || text === '') continue;
    if (put(tree, setting.path.split('.'), toValue(text, setting.form)))
      applied.set(setting.path, setting.env);
  }
  return applied;
}

/** Finds names in the environment that look like settings but are not. */
export function findUnknownOverrides(
  settings: readonly SettingInfo[],
  env: Env,
  referenced: ReadonlySet<string>,
): string[] {
  const known = new Set(settings.map((setting) => setting.env));
  return Object.keys(env)
    .filter((name) => name.startsWith('PICS_SYNC_') && !otherNames.test(name))
    .filter((name) => !known.has(name) && !referenced.has(name))
    .map((name) => {
      const near = findNearest(name, known);
      return `${name} is set in the environment but is not a setting.${near === null ? '' : ` Did you mean ${near}?`}`;
    });
}

function toValue(text: string, form: SettingInfo['form']): unknown {
  switch (form) {
    case 'secret':
      return new Secret(text);
    case 'list':
      return text.split(',').map((entry) => toNumberIfNumeric(entry.trim()));
    case 'number':
      return toNumberIfNumeric(text.trim());
    case 'text':
    case 'other':
      return text;
  }
}

function toNumberIfNumeric(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Returns false if the file has a value where a group should be. The schema then reports that. */
function put(tree: Tree, path: readonly string[], value: unknown): boolean {
  let at = tree;
  for (const name of path.slice(0, -1)) {
    at[name] ??= {};
    const inner = at[name];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return false;
    at = inner as Tree;
  }
  at[path.at(-1) ?? ''] = value;
  return true;
}

type Followed = {
  readonly tree: unknown;
  readonly faults: readonly ConfigFault[];
  /** The environment variables that references name. */
  readonly referenced: ReadonlySet<string>;
};

/**
 * Replaces every reference by its secret.
 *
 * This runs before the schemas, so that schemas do no input or output. A reference that cannot be read is a
 * fault of its own.
 */
export function followReferences(
  tree: unknown,
  sources: SecretSources,
  isOverridden: (path: string) => boolean,
): Followed {
  const faults: ConfigFault[] = [];
  const referenced = new Set<string>();

  function follow(value: unknown, path: readonly PropertyKey[]): unknown {
    if (isSecretReference(value)) {
      if ('env' in value) referenced.add(value.env);
      const at = toPathText(path);
      if (isOverridden(at)) return undefined;
      const read = readSecret(value, sources);
      if (read.kind === 'secret') return read.secret;
      faults.push({ path: at, sentence: `${at}: ${read.sentence}` });
      return undefined;
    }
    if (Array.isArray(value)) return value.map((inner, index) => follow(inner, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, follow(inner, [...path, name])]),
      );
    }
    return value;
  }

  return { tree: follow(tree, []), faults, referenced };
}
