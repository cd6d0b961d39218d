/** The schema registry cannot be used. This is an infrastructure failure, never the fault of a record. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}

export type Registry = {
  /** Returns the schema with this id, or null if the registry says that it has none. */
  getWriterSchema(schemaId: number): Promise<object | null>;
  /** Registers the schema of a topic's values and returns its id. The same schema returns the same id. */
  registerSchema(topic: string, schema: object): Promise<number>;
  /** Rejects when the registry cannot be used. For the connection test. */
  check(): Promise<void>;
};

type RegistryOptions = {
  /** For example `http://host:port`. */
  readonly url: string;
  /** The path of the Confluent-compatible API. */
  readonly basePath?: string;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly sleep?: (delayMs: number) => Promise<void>;
};

/** No registry assigns an id this high, so a request for it only shows whether the registry answers. */
const unusedId = 2 ** 31 - 1;

/** The registry's own word for "there is no schema with this id". A bare 404 may come from a proxy in front of it. */
const schemaNotFound = 40403;

/**
 * Reads and registers schemas over the Confluent-compatible interface.
 *
 * What the registry says of a schema decides whether a record can be read, so only its own words count: a schema, or
 * 404 with the error code 40403. Everything else is an outage, whatever the reason: no connection, no certificate, no
 * permission, a redirect, a page in HTML, a proxy without a registry behind it. An outage is tried again with growing
 * pauses and then rejects with `RegistryUnavailable`; the record stays where it is.
 *
 * Concurrent look-ups of the same id share one request. Nothing is remembered here; the decoder keeps what it can read.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const ask = createAsk(options);
  const lookUps = new Map<number, Promise<object | null>>();

  async function lookUp(schemaId: number): Promise<object | null> {
    return ask('GET', `/schemas/ids/${schemaId}`, undefined, ({ status, body }) => {
      if (status === 404 && body['error_code'] === schemaNotFound) return { value: null };
      if (status === 200 && typeof body['schema'] === 'string')
        return { value: toSchema(body['schema'], body['schemaType']) };
      return null;
    });
  }

  return {
    getWriterSchema(schemaId) {
      const open = lookUps.get(schemaId);
      if (open !== undefined) return open;
      const lookedUp = lookUp(schemaId).finally(() => lookUps.delete(schemaId));
      lookUps.set(schemaId, lookedUp);
      return lookedUp;
    },
    registerSchema: (topic, schema) => register(ask, topic, schema),
    check: async () => void (await lookUp(unusedId)),
  };
}

/**
 * Registers a schema, and sees to it that later versions of its subject must stay readable by older ones.
 *
 * All roles of a new installation start together, so another process may set the same subject up at this moment: 409
 * for the compatibility means that it has done so. A stricter level that an administrator has set is left alone.
 */
async function register(ask: Ask, topic: string, schema: object): Promise<number> {
  const subject = encodeURIComponent(`${topic}-value`);
  const text = JSON.stringify(schema);
  const id = await ask('POST', `/subjects/${subject}/versions`, { schema: text }, ({ status, body }) => {
    const isContended = status === 409 && /already exists/i.test(String(body['message']));
    if (isContended) return null; // another process is making the subject: once more
    if (status === 409 || status === 422) return { value: null };
    return status === 200 && typeof body['id'] === 'number' ? { value: body['id'] } : null;
  });
  if (id === null) throw new Error(`the registry refused the schema of ${topic}: is it compatible?`);
  const config = `/config/${subject}`;
  const level = await ask('GET', config, undefined, ({ status, body }) => {
    if (status === 404 && typeof body['error_code'] === 'number') return { value: 'NONE' };
    return status === 200 && typeof body['compatibilityLevel'] === 'string'
      ? { value: body['compatibilityLevel'] }
      : null;
  });
  if (level === 'NONE')
    await ask('PUT', config, { compatibility: 'BACKWARD' }, ({ status }) =>
      status === 200 || status === 409 ? { value: null } : null,
    );
  return id;
}

/**
 * Stands for a schema that is not Avro. No value can be decoded with it, so each record written with it is
 * malformed on its own.
 */
const notAvro = { type: 'not-avro' };

function toSchema(text: string, schemaType: unknown): object {
  if (schemaType !== undefined && schemaType !== 'AVRO') return notAvro;
  const schema = parseOrNull(text);
  // A bare name, such as `string`, is a schema too.
  if (typeof schema === 'string') return { type: schema };
  return typeof schema === 'object' && schema !== null ? schema : notAvro;
}

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
type Ask = <T>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body: object | undefined,
  /** Says what the answer means; null: it is no answer of a registry in order. */
  understand: (answer: Answer) => { readonly value: T } | null,
) => Promise<T>;

function createAsk({
  url,
  basePath = '/apis/ccompat/v7',
  timeoutMs = 5_000,
  ...options
}: RegistryOptions): Ask {
  const { attempts = 4 } = options;
  const sleep =
    options.sleep ?? ((delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs)));
  const base = `${url.replace(/\/+$/, '')}${basePath}`;
  return async (method, path, body, understand) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await send(`${base}${path}`, method, body, timeoutMs);
        const understood = understand(answer);
        if (understood !== null) return understood.value;
        throw new RegistryUnavailable(
          `the schema registry cannot be used: ${answer.status} to ${method} ${path}`,
        );
      } catch (error) {
        if (!(error instanceof RegistryUnavailable) || attempt >= attempts) throw error;
        await sleep(100 * 2 ** attempt);
      }
    }
  };
}

async function send(
  url: string,
  method: string,
  body: object | undefined,
  timeoutMs: number,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual', // a redirect leads to a sign-in or a maintenance page, never to the schema
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify(body),
      }),
    });
    const parsed = parseOrNull(await response.text());
    const isObject = typeof parsed === 'object' && parsed !== null;
    return { status: response.status, body: isObject ? (parsed as Answer['body']) : {} };
  } catch (cause) {
    throw new RegistryUnavailable('the schema registry does not answer', { cause });
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
