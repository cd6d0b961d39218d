import type { Reply } from '../../common/server.ts';
import { badRequest, EMPTY_OK, jsonReply, jsonTextReply, NO_CONTENT } from '../http/reply.ts';
import { idOf, type Property, type Row, type Value } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import { type Kind, TABLES } from '../state/tables.ts';
import type { SwitchValues } from '../switches.ts';
import { isBlank, rowText } from '../wire.ts';
import { type Call, type Check, fine, nowIso, readValue, refused } from './call.ts';

export type Values = Readonly<Record<string, Value>>;

/** The name under which a property arrives. For one property a switch decides it. */
const inputName = (property: Property, switches: SwitchValues): string =>
  property.key === 'aims.CertificateReceivedDate' ? switches['certificate-received-name'] : property.name;

/** All properties that a create takes from the body. */
export function readCreate(call: Call, kind: Kind): Check<Values> {
  const values: Record<string, Value> = {};
  for (const property of TABLES[kind].properties) {
    if (!property.flags.has('create')) continue;
    const read = readValue(call, property.name, property.type);
    if (read.kind === 'refused') return read;
    if (read.value !== null) values[property.name] = read.value;
  }
  return fine(values);
}

/** Mandatory properties without a value, all in one refusal. */
export function refuseMissing(call: Call, names: readonly string[]): Reply | null {
  const missing = names.filter((name) => isBlank(call.input.get(name.toLowerCase())));
  return missing.length === 0
    ? null
    : badRequest(call.switches, `Missing mandatory fields: ${missing.join(', ')}`);
}

export const neededNames = (kind: Kind): string[] =>
  TABLES[kind].properties.filter(({ flags }) => flags.has('needed')).map(({ name }) => name);

/** The properties an update changes. Null and empty text clear, or do nothing, as the switch says. */
export function readPatch(call: Call, kind: Kind, row: Row): Check<Values> {
  const id = readValue(call, 'ID', TABLES[kind].idType);
  if (id.kind === 'refused') return id;
  if (id.value !== null && id.value !== idOf(row)) {
    return refused(badRequest(call.switches, 'ID in the body must equal the one in the path'));
  }
  const patch: Record<string, Value> = {};
  for (const property of TABLES[kind].properties) {
    if (!property.flags.has('update') && property.key !== 'aims.Status') continue;
    const name = inputName(property, call.switches);
    const given = call.input.get(name.toLowerCase());
    if (given === undefined) continue;
    if (isBlank(given)) {
      if (call.switches['clear-by-null'] === 'clears')
        patch[property.name] = TABLES[kind].blank[property.name] ?? null;
      continue;
    }
    const read = readValue(call, name, property.type);
    if (read.kind === 'refused') return read;
    patch[property.name] = read.value;
  }
  return fine(patch);
}

/** A new id as the whole body. */
export function createdReply(call: Call, id: number): Reply {
  return jsonReply(200, call.switches['create-answer'] === 'bare-int' ? id : String(id));
}

/** Answer to an update of anything but a user or an aim, to an archive, a delete or an assignment. */
export function otherWriteReply(call: Call, kind: Kind, row: Row): Reply {
  switch (call.switches['other-write-answer']) {
    case '204':
      return NO_CONTENT;
    case '200-empty':
      return EMPTY_OK;
    case '200-object':
      return readReply(call, kind, row);
  }
}

export function readReply(call: Call, kind: Kind, row: Row): Reply {
  return jsonTextReply(200, rowText(TABLES[kind], row, { form: 'full', switches: call.switches }));
}

/** A write to an aim or a review shows on its learner only where the switch says so. */
export function touchLearner(
  store: Store,
  switches: SwitchValues,
  learnerId: Value | undefined,
  now: string,
): void {
  if (switches['last-modified-moves'] !== 'all-writes' || typeof learnerId !== 'number') return;
  const learner = store.get('users', learnerId);
  if (learner !== undefined) store.patch('users', learner, { LastModified: now });
}

export const touchLearnerOf = (call: Call, learnerId: Value | undefined): void =>
  touchLearner(call.world.store, call.switches, learnerId, nowIso(call));

export function refuseArchived(call: Call, learner: Row | undefined): Reply | null {
  const isRefused = learner?.['archived'] === true && call.switches['archived-write'] === '400';
  return isRefused ? badRequest(call.switches, 'The learner is archived') : null;
}
