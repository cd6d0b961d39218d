import { isSecretReference, readSecret, type SecretSources } from '../base/secret.ts';
import { type ConfigFault, toPathText } from './config-fault.ts';

export type Followed = {
  readonly tree: unknown;
  readonly faults: readonly ConfigFault[];
  /** Names of environment variables that references name. */
  readonly referenced: ReadonlySet<string>;
};

/**
 * Puts the secret in the place of every reference.
 *
 * Done before the schemas look, so that schemas stay free of input and output. A reference that leads nowhere stays as
 * it is and is a fault of its own.
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
