import { inspect } from 'node:util';

const shown = '[secret]';

/** A secret value. Printing, logging or serialising it gives `[secret]`; only `reveal` returns it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value. Call it only where the value is passed to a driver. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/** How a settings file refers to a secret. */
type SecretReference = { readonly env: string } | { readonly file: string };

/** True for exactly `{ env: NAME }` and `{ file: path }`. */
export function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null) return false;
  const [entry, ...others] = Object.entries(value);
  return (
    others.length === 0 && (entry?.[0] === 'env' || entry?.[0] === 'file') && typeof entry[1] === 'string'
  );
}

/** The sources of secrets. `readFile` may throw; the fault shows the error code, never the content. */
export type SecretSources = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
};

type SecretRead =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | { readonly kind: 'fault'; readonly sentence: string };

/** Reads the secret of a reference. A trailing line break of a file is removed. */
export function readSecret(reference: SecretReference, sources: SecretSources): SecretRead {
  if ('env' in reference) {
    const value = sources.env[reference.env];
    if (value === undefined || value === '') {
      return { kind: 'fault', sentence: `The environment variable ${reference.env} is not set.` };
    }
    return { kind: 'secret', secret: new Secret(value) };
  }
  return readSecretFile(reference.file, sources.readFile);
}

function readSecretFile(path: string, readFile: SecretSources['readFile']): SecretRead {
  try {
    const value = readFile(path).replace(/\r?\n$/, '');
    if (value === '') return { kind: 'fault', sentence: `The file ${path} is empty.` };
    return { kind: 'secret', secret: new Secret(value) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return { kind: 'fault', sentence: `The file ${path} cannot be read (${code}).` };
  }
}
