/** The schema registry does not answer: infrastructure, never the fault of a record. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}

export type Registry = {
  /** The schema with this id; null when the registry knows none. */
  getWriterSchema(schemaId: number): Promise<object | null>;
  /** Registers the schema of a topic's values and gives its id; the same schema again gives the same id. */
  registerSchema(topic: string, schema: object): Promise<number>;
  /** Rejects when the registry cannot be used; for the connection test. */
  check(): Promise<void>;
};

export type RegistryOptions = {
  /** Such as `http://host:port`. */
  readonly url: string;
  /** Where the Confluent-compatible API begins. */
  readonly basePath?: string;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly sleep?: (delayMs: number) => Promise<void>;
};

type Answer = { readonly status: number; readonly body: unknown };
type Request = { readonly method: string; readonly path: string; readonly body?: object };

/**
 * The Confluent-compatible API of the registry, as much of it as we use.
 *
 * Spoken directly: the usual client library gives no schema as it was registered, and reports a registry that is down
 * as an answer with status 400, like a schema that does not exist.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const ask = createAsk(options);
  const lookUps = new Map<number, Promise<object | null>>();

  async function lookUp(schemaId: number): Promise<object | null> {
    const { status, body } = await ask({ method: 'GET', path: `/schemas/ids/${schemaId}` });
    if (status === 404) return null;
    return toSchema(readField(body, 'schema'));
  }

  return {
    getWriterSchema(schemaId) {
      const open = lookUps.get(schemaId);
      if (open !== undefined) return open;
      const started = lookUp(schemaId).finally(() => lookUps.delete(schemaId));
      lookUps.set(schemaId, started);
      return started;
    },
    async registerSchema(topic, schema) {
      const subject = encodeURIComponent(`${topic}-value`);
      const path = `/subjects/${subject}/versions`;
      const { status, body } = await ask({ method: 'POST', path, body: { schema: JSON.stringify(schema) } });
      if (status !== 200) {
        throw new Error(`the registry refused the schema of ${topic} (status ${status}): is it compatible?`);
      }
      return Number(readField(body, 'id'));
    },
    async check() {
      await ask({ method: 'GET', path: '/subjects' });
    },
  };
}

function createAsk(options: RegistryOptions): (request: Request) => Promise<Answer> {
  const { url, basePath = '/apis/ccompat/v7', timeoutMs = 5_000, attempts = 4 } = options;
  const sleep =
    options.sleep ?? ((delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs)));
  const root = `${url.replace(/\/+$/, '')}${basePath}`;

  async function askOnce({ method, path, body }: Request): Promise<Answer> {
    const response = await fetch(`${root}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json', 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) throw new Error(`status ${response.status}`);
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await askOnce(request);
      } catch (error) {
        if (attempt >= attempts) {
          throw new RegistryUnavailable('the schema registry does not answer', { cause: error });
        }
        await sleep(100 * 2 ** attempt);
      }
    }
  };
}

/** A name alone, such as `string`, is a schema too. Anything that is none fails to be read through ours, later. */
function toSchema(text: unknown): object {
  try {
    const schema: unknown = JSON.parse(String(text));
    return typeof schema === 'object' && schema !== null ? schema : { type: schema };
  } catch {
    return { type: 'not-avro' };
  }
}

function readField(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
