import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { avroOptions } from './avro.ts';

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

/** Ids are positive; this one is never given, so asking for it only shows that somebody answers. */
const unusedId = 2 ** 31 - 1;

/**
 * The registry through its usual client, with what that client leaves out.
 *
 * It has no time limit, remembers nothing of a failure, and reports a registry that is down as an answer with status
 * 400: all three are told apart here, because an outage must never look like a bad record.
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

/** What nothing can be read through: every record written with it is malformed, alone. */
const notAvro = { type: 'not-avro' };

type AvroType = { readonly schema: (options: { exportAttrs: boolean }) => unknown };

function isAvro(type: object): type is AvroType {
  return 'schema' in type && typeof type.schema === 'function';
}

/** A name alone, such as `string`, is a schema too. */
function toSchema(schema: unknown): object {
  return typeof schema === 'object' && schema !== null ? schema : { type: schema };
}

/** Repeats what failed because the registry does not answer, within a time limit each. */
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
 * Another process sets up the same subject in this moment: all roles of a new installation start together.
 *
 * The client reads, registers and then sets the compatibility, so two of them meet half-way. An incompatible schema is
 * a 409 too, in other words.
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
