import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { avroOptions } from './avro.ts';

/** The schema registry does not answer. This is an infrastructure failure, never the fault of a record. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}

export type Registry = {
  /** Returns the schema with this id, or null if the registry has none. */
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

/**
 * Reads and registers schemas through the usual registry client, and fills three gaps in it: it has no time
 * limit, it does not remember failures, and it reports a registry that is down as a response with status
 * 400. An outage must never look like a malformed record.
 *
 * Every request has a time limit and is retried with growing pauses while the registry is unavailable; then
 * it fails with `RegistryUnavailable`. The client caches schemas that it has fetched. Concurrent look-ups
 * of the same id share one request, and a failed look-up is not cached, so the next record asks again.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { url, basePath = '/apis/ccompat/v7' } = options;
  const client = new SchemaRegistry(
    { host: `${url.replace(/\/+$/, '')}${basePath}`, clientId: 'pics-sync', retry: { retries: 0 } },
    { [SchemaType.AVRO]: avroOptions() },
  );
  const steadily = createSteadily(options);
  const lookUps = new Map<number, Promise<object | null>>();

  async function lookUp(schemaId: number): Promise<object | null> {
    try {
      const type = await steadily(() => client.getSchema(schemaId));
      return isAvro(type) ? toSchema(type.schema({ exportAttrs: true })) : notAvro;
    } catch (error) {
      if (error instanceof RegistryUnavailable) throw error;
      return toStatus(error) === 404 ? null : notAvro;
    }
  }

  return {
    getWriterSchema(schemaId) {
      const open = lookUps.get(schemaId);
      if (open !== undefined) return open;
      const lookedUp = lookUp(schemaId).finally(() => lookUps.delete(schemaId));
      lookUps.set(schemaId, lookedUp);
      return lookedUp;
    },
    async registerSchema(topic, schema) {
      const subject = `${topic}-value`;
      try {
        const text = JSON.stringify(schema);
        const { id } = await steadily(() =>
          client.register({ type: SchemaType.AVRO, schema: text }, { subject }),
        );
        return id;
      } catch (error) {
        if (error instanceof RegistryUnavailable) throw error;
        throw new Error(`the registry refused the schema of ${topic}: is it compatible?`, { cause: error });
      }
    },
    async check() {
      try {
        await steadily(() => client.getSchema(unusedId));
      } catch (error) {
        if (toStatus(error) !== 404) throw error;
      }
    },
  };
}

/**
 * Stands for a schema that is not Avro. No value can be decoded with it, so each record written with it is
 * malformed on its own.
 */
const notAvro = { type: 'not-avro' };

type AvroType = { readonly schema: (options: { exportAttrs: boolean }) => unknown };

function isAvro(type: object): type is AvroType {
  return 'schema' in type && typeof type.schema === 'function';
}

/** A bare name, such as `string`, is a schema too. */
function toSchema(schema: unknown): object {
  return typeof schema === 'object' && schema !== null ? schema : { type: schema };
}

/**
 * Returns a function that retries a request while the registry is unavailable. Each attempt has a time
 * limit.
 */
function createSteadily(options: RegistryOptions): <T>(ask: () => Promise<T>) => Promise<T> {
  const { timeoutMs = 5_000, attempts = 4 } = options;
  const sleep =
    options.sleep ?? ((delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs)));
  return async (ask) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withinTime(ask(), timeoutMs);
      } catch (error) {
        const isContended = isBeingSetUp(error);
        if (!isUnavailable(error) && !isContended) throw error;
        if (attempt >= attempts && isContended) throw error;
        if (attempt >= attempts)
          throw new RegistryUnavailable('the schema registry does not answer', { cause: error });
        await sleep(100 * 2 ** attempt);
      }
    }
  };
}

async function withinTime<T>(asked: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RegistryUnavailable(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof RegistryUnavailable) return true;
  const status = toStatus(error);
  if (status === null) return false;
  if (status >= 500 || status === 429) return true;
  const text = error instanceof Error ? error.message : '';
  return status === 400 && /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|socket|timed? ?out/i.test(text);
}

/**
 * True if another process is setting up the same subject at this moment: all roles of a new installation
 * start together.
 *
 * The client reads, registers and then sets the compatibility, so two clients can interleave. An
 * incompatible schema also returns 409, but with another message.
 */
function isBeingSetUp(error: unknown): boolean {
  const text = error instanceof Error ? error.message : '';
  return (
    (toStatus(error) === 409 && /already exists/i.test(text)) || /does not match .*\(\w+ != NONE\)/.test(text)
  );
}

function toStatus(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('status' in error)) return null;
  return typeof error.status === 'number' ? error.status : null;
}
