import type { JsonObject } from '../../../core/json.ts';
import type { CallResult, CentreFinding } from '../../../core/step.ts';
import { joinAddress } from '../wire/address.ts';
import { toDetailsBody, toDetailsRecord } from '../wire/details.ts';
import { type DetailsKind, type DetailsOf, readDetails, toGoneDetails } from './details-kinds.ts';
import { emptyDone, type Making, toFailure } from './making.ts';
import { keepRecords, type RecentRecords, toRecordKey } from './recent-records.ts';

/** OF-70 to OF-72: sends exactly the given fields that have a value; a blank one never clears (O14, G21). */
export async function updateDetails(
  kind: DetailsKind,
  request: JsonObject,
  { making, recent }: { making: Making; recent: RecentRecords },
): Promise<CallResult> {
  const { parts, account } = making;
  const id = String(request[kind.idName]);
  const fields = await toFields(request['fields'] as JsonObject, { kind, id }, { making, recent });
  if ('kind' in fields) return fields as CallResult;
  const unknown = Object.keys(fields).filter((field) => kind.details[field] === undefined);
  if (unknown.length > 0)
    throw new Error(`The details of a ${kind.entity} have no field ${unknown.join(', ')}`);
  const answer = await parts.api.call(kind.toUpdate(id), toDetailsBody(kind.details, fields), account);
  if (answer.kind === 'rejected' && answer.status === 404) return toGoneDetails({ kind, id });
  if (answer.kind !== 'ok') return toFailure(answer);
  const key = toRecordKey(kind.entity, id);
  const base = recent.get(key);
  const verify = (request['verify'] ?? []) as readonly string[];
  if (base === null || verify.length > 0) {
    const read = await readDetails({ kind, id }, { ...making, cause: 'after-write' });
    if (base === null || read.kind === 'done') return withFindings(read, { kind, fields, base, verify });
  }
  const record: JsonObject = { ...base, ...toDetailsRecord(kind.details, fields) };
  recent.set(key, record);
  const shadow = {
    ...{ vendor: 'onefile' as const, centre: parts.centreId, entity: kind.entity, vendorId: id },
    ...{ learnerVendorId: kind.entity === 'learner' ? id : null, record },
    observedAtMs: answer.answeredAtMs,
  };
  return { ...emptyDone, shadow: [shadow] };
}

/** An address and a postcode are one text at OneFile: what is not given of them is taken from the record. */
async function toFields(
  fields: JsonObject,
  { kind, id }: DetailsOf,
  { making, recent }: { making: Making; recent: RecentRecords },
): Promise<JsonObject | CallResult> {
  const { address, postcode, ...others } = fields as Record<string, string | undefined>;
  if (kind.entity !== 'placement' || (address === undefined && postcode === undefined)) return fields;
  const given = {
    ...(address === undefined ? {} : { address }),
    ...(postcode === undefined ? {} : { postcode }),
  };
  const key = toRecordKey('placement', id);
  const isWhole = address !== undefined && postcode !== undefined;
  const known = recent.get(key);
  if (!isWhole && known === null) {
    const read = await readDetails({ kind, id }, making);
    if (read.kind !== 'done') return read;
    keepRecords(recent, read.observed);
  }
  const present = recent.get(key)?.['address'];
  return {
    ...others,
    address: joinAddress(given, typeof present === 'string' ? present : null),
  } as JsonObject;
}

type Written = {
  readonly kind: DetailsKind;
  readonly fields: JsonObject;
  /** The record before; null = not known. */
  readonly base: JsonObject | null;
  readonly verify: readonly string[];
};

/** O12: a value that stands as before after it was written was ignored without a word. */
function withFindings(read: CallResult, { kind, fields, base, verify }: Written): CallResult {
  const [seen] = read.kind === 'done' ? read.observed : [];
  if (read.kind !== 'done' || seen === undefined || seen.record === null) return read;
  const { record } = seen;
  const sent = toDetailsRecord(kind.details, fields);
  const findings = verify.map((name): CentreFinding => {
    const shown = kind.details[name === 'postcode' ? 'address' : name]?.recordName ?? name;
    const value = record[shown] ?? null;
    const isKept = value !== null && (value === sent[shown] || value !== (base?.[shown] ?? null));
    return { kind: 'field-support', field: `${kind.entity}.${name}`, isKept };
  });
  return { ...read, findings };
}
