import type { JsonObject } from '../../../core/json.ts';
import type { CallResult } from '../../../core/step.ts';
import { joinAddress } from '../wire/address.ts';
import {
  assessorDetails,
  type Details,
  learnerDetails,
  placementDetails,
  toDetailsBody,
  toDetailsRecord,
} from '../wire/details.ts';
import { type Route, routes } from '../wire/routes.ts';
import type { Row } from '../wire/values.ts';
import { emptyDone, type Making, observeAll, refuse, toFailure } from './making.ts';
import { keepRecords, type RecentRecords, toRecordKey } from './recent-records.ts';
import { readById } from './search.ts';
import { type ClientParts, type Seen, seeAssessor, seeLearner, seePlacement } from './sight.ts';

/** What the three kinds of records with details have of their own. */
type Kind = {
  readonly entity: 'learner' | 'assessor' | 'placement';
  /** Argument that names the record. */
  readonly idName: string;
  /** Of PICS, for the words about a link that is gone. */
  readonly picsKind: 'learner' | 'officer' | 'organisation';
  readonly details: Details;
  readonly toUpdate: (id: string) => Route;
  readonly toRead: (id: string) => Route;
  readonly see: (row: Row, id: string, parts: ClientParts) => Seen;
};

const kinds: Readonly<Record<string, Kind>> = {
  'update-learner': {
    ...{ entity: 'learner', idName: 'learnerId', picsKind: 'learner', details: learnerDetails },
    ...{ toUpdate: routes.updateUser, toRead: routes.user, see: seeLearner },
  },
  'update-assessor': {
    ...{ entity: 'assessor', idName: 'assessorId', picsKind: 'officer', details: assessorDetails },
    ...{ toUpdate: routes.updateUser, toRead: routes.user, see: seeAssessor },
  },
  'update-placement': {
    ...{ entity: 'placement', idName: 'placementId', picsKind: 'organisation', details: placementDetails },
    ...{ toUpdate: routes.updatePlacement, toRead: routes.placement, see: seePlacement },
  },
};

/** OF-70 to OF-72: sends exactly the given fields that have a value; a blank one never clears (O14, G21). */
export async function updateDetails(
  name: string,
  request: JsonObject,
  { making, recent }: { making: Making; recent: RecentRecords },
): Promise<CallResult> {
  const kind = kinds[name];
  if (kind === undefined) throw new Error(`No details are updated by ${name}`);
  const { parts, account } = making;
  const id = String(request[kind.idName]);
  const fields = await toFields(request['fields'] as JsonObject, { kind, id }, { making, recent });
  if ('kind' in fields) return fields as CallResult;
  const unknown = Object.keys(fields).filter((field) => kind.details[field] === undefined);
  if (unknown.length > 0) throw new Error(`${name} has no field ${unknown.join(', ')}`);
  const answer = await parts.api.call(kind.toUpdate(id), toDetailsBody(kind.details, fields), account);
  if (answer.kind === 'rejected' && answer.status === 404) return toGone(kind, id);
  if (answer.kind !== 'ok') return toFailure(answer);
  const key = toRecordKey(kind.entity, id);
  const base = recent.get(key);
  if (base === null) return readBack({ kind, id }, making);
  const record: JsonObject = { ...base, ...toDetailsRecord(kind.details, fields) };
  recent.set(key, record);
  const shadow = {
    ...{ vendor: 'onefile' as const, centre: parts.centreId, entity: kind.entity, vendorId: id },
    ...{ learnerVendorId: kind.entity === 'learner' ? id : null, record },
    observedAtMs: answer.answeredAtMs,
  };
  return { ...emptyDone, shadow: [shadow] };
}

type Of = { readonly kind: Kind; readonly id: string };

/** An address and a postcode are one text at OneFile: what is not given of them is taken from the record. */
async function toFields(
  fields: JsonObject,
  { kind, id }: Of,
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
    const read = await readBack({ kind, id }, making);
    if (read.kind !== 'done') return read;
    keepRecords(recent, read.observed);
  }
  const present = recent.get(key)?.['address'];
  return {
    ...others,
    address: joinAddress(given, typeof present === 'string' ? present : null),
  } as JsonObject;
}

/** What OneFile holds now, where nothing else tells. */
async function readBack({ kind, id }: Of, { parts, account }: Making): Promise<CallResult> {
  const read = await readById(parts.api, kind.toRead(id), account);
  if (read.kind === 'missing') return toGone(kind, id);
  if (read.kind !== 'record') return toFailure(read);
  const moment = { parts, observedAtMs: read.sentAtMs, cause: 'after-write' as const };
  return { ...emptyDone, observed: observeAll([kind.see(read.row, id, parts)], moment) };
}

function toGone({ entity, picsKind }: Kind, id: string) {
  return refuse('LINK_GONE', `There is no ${entity} ${id}`, { kind: picsKind, id });
}
