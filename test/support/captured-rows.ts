import { toWireFormat } from '../../src/kafka/avro.ts';
import type { RowToChange } from '../../src/kafka/messaging.ts';
import { type Registry, RegistryUnavailable } from '../../src/kafka/registry.ts';
import { toDebeziumEvent, toDebeziumSchema, writeAvro } from './debezium-schema.ts';

/** Schemas by number, in memory. It can be away, and then answers nothing. */
export function createMemoryRegistry() {
  const schemas: object[] = [];
  const state = { isAway: false };
  const check = async (): Promise<void> => {
    if (state.isAway) throw new RegistryUnavailable('no registry');
  };
  const registry: Registry = {
    registerSchema: async (_topic, schema) => {
      await check();
      schemas.push(schema);
      return schemas.length;
    },
    getWriterSchema: async (schemaId) => {
      await check();
      return schemas[schemaId - 1] ?? null;
    },
    check,
  };
  return { registry, state };
}

type Row = { readonly ident: string; readonly regno: string };

/** A row whose registration number is `bad` has a date that is none. */
export const toChange: RowToChange = ({ key, value, unreadable }) => {
  if (unreadable !== undefined)
    return key === null
      ? { kind: 'malformed', reason: unreadable }
      : { kind: 'key-only', entity: 'qualification', key: key as Row, reason: unreadable };
  const { after } = value as { readonly after: Row };
  if (after.regno === 'bad') return { kind: 'malformed', reason: 'bad-date' };
  return { kind: 'change', change: aChange(after.ident) };
};

export function aChange(ident: string) {
  return {
    entity: 'qualification',
    op: 'update',
    key: { ident },
    before: null,
    after: null,
    origin: null,
    txId: 42,
    committedAtMs: 1000,
  } as const;
}

/** A row of `trqual` as the connector writes it. */
export function encodeRow(schemaId: number, ident: string, regno: string | null = null): Buffer {
  const blank = { qstart: null, qexpect: null, qend: null, officer: null, regdate: null, certappl: null };
  const rest = { vqref: 'Q', seq: 1, type: null, certrecd: null, tot_elem: null, done_elem: null };
  const event = toDebeziumEvent({ before: null, after: { ident, regno, ...blank, ...rest }, op: 'u' });
  return toWireFormat(schemaId, writeAvro(toDebeziumSchema(), event));
}
