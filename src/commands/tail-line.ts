import type { ConsumedRecord } from '../contract/consumed-record.ts';
import type { Decoded } from '../contract/decode.ts';

/** One record as `tail` shows it. Without values there is nothing personal in it. */
export type TailLine = {
  readonly at: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** `create`, `update`, `delete`, `snapshot`, `truncate`, `tombstone`, `record`, or `malformed: reason`. */
  readonly what: string;
  /** Codes and internal ids that are surely no personal data. */
  readonly about: Readonly<Record<string, string | number | boolean>>;
  /** Names of fields that changed, or that a record holds. */
  readonly fields: readonly string[];
  readonly values?: unknown;
};

type Row = Readonly<Record<string, unknown>>;

/** Values that may always be shown: keys, kinds, states, coordinates. */
const shownNames = new Set([
  ...[
    'id',
    'ident',
    'code',
    'place',
    'seq',
    'vqref',
    'reference',
    'kind',
    'vendor',
    'entity',
    'vendorId',
    'centre',
  ],
  ...['picsId', 'learnerVendorId', 'cause', 'deleted', 'removed', 'how', 'status', 'state', 'origin', 'txId'],
  ...['topic', 'partition', 'offset', 'reason', 'group', 'observedAtMs', 'attempts'],
]);

const ops: Readonly<Record<string, string>> = {
  c: 'create',
  u: 'update',
  d: 'delete',
  r: 'snapshot',
  t: 'truncate',
};

export function toTailLine(
  record: Pick<ConsumedRecord, 'topic' | 'partition' | 'offset' | 'timestampMs'>,
  decoded: Decoded<unknown> | null,
  { withValues }: { withValues: boolean },
): TailLine {
  const line = {
    at: new Date(record.timestampMs).toISOString(),
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
  };
  if (decoded === null) return { ...line, what: 'tombstone', about: {}, fields: [] };
  if (decoded.kind === 'malformed')
    return { ...line, what: `malformed: ${decoded.reason}`, about: {}, fields: [] };
  const value = isRow(decoded.value) ? decoded.value : {};
  const values = withValues ? { values: toPlain(value) } : {};
  const op = typeof value['op'] === 'string' ? ops[value['op']] : undefined;
  if (op !== undefined) return { ...line, what: op, ...describeChange(value), ...values };
  const held = isRow(value['record']) ? value['record'] : value;
  const fields = Object.keys(held).filter((name) => held[name] !== null && !shownNames.has(name));
  return { ...line, what: 'record', about: toAbout(value), fields, ...values };
}

/** What changed between the rows; every field where the database did not tell the old one. */
function describeChange({ before, after, source }: Row): Pick<TailLine, 'about' | 'fields'> {
  const [from, to] = [isRow(before) ? before : {}, isRow(after) ? after : {}];
  const names = Object.keys(isRow(after) ? after : from);
  const isKnown = isRow(before) && isRow(after);
  const fields = isKnown
    ? names.filter((name) => JSON.stringify(toPlain(from[name])) !== JSON.stringify(toPlain(to[name])))
    : names.filter((name) => (isRow(after) ? to : from)[name] !== null);
  const about = toAbout(isRow(after) ? to : from);
  return { about: { ...about, ...toAbout(isRow(source) ? source : {}) }, fields };
}

function toAbout(row: Row): TailLine['about'] {
  const about: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!shownNames.has(name)) continue;
    if (typeof value === 'string') about[name] = value.trim();
    else if (typeof value === 'number' || typeof value === 'boolean') about[name] = value;
    else if (typeof value === 'bigint') about[name] = String(value);
  }
  return about;
}

export function toTailText({ at, partition, offset, what, about, fields, values }: TailLine): string {
  const facts = Object.entries(about).map(([name, value]) => `${name}=${value}`);
  const parts = [at.slice(11, 23), `${partition}@${offset}`, what, ...facts];
  const names = fields.length === 0 ? '' : `  [${fields.join(', ')}]`;
  const shown = values === undefined ? '' : `\n    ${JSON.stringify(values)}`;
  return `${parts.join('  ')}${names}${shown}\n`;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bigints as text, so that a value can be compared and printed. */
function toPlain(value: unknown): unknown {
  return value === undefined
    ? null
    : JSON.parse(
        JSON.stringify(value, (_name, inner) => (typeof inner === 'bigint' ? String(inner) : inner)),
      );
}
