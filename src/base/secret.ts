import { inspect } from 'node:util';

const shown = '[secret]';

/** A value that shows itself only when asked by name: printing, logging or serialising it gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it where the value is handed to a driver, never earlier. */
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

/** How a settings file names a secret without holding it. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** True for exactly `{ env: NAME }` and `{ file: path }`. */
export function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null) return false;
  const [entry, ...others] = Object.entries(value);
  return (
    others.length === 0 && (entry?.[0] === 'env' || entry?.[0] === 'file') && typeof entry[1] === 'string'
  );
}

/** Where references lead. `readFile` may throw; its reason is told by code, never by content. */
export type SecretSources = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
};

export type SecretRead =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | { readonly kind: 'fault'; readonly sentence: string };

/** Follows a reference. A trailing line break of a file is not part of the secret. */
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
