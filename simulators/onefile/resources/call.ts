/*
 * What every endpoint works with: the call itself, values of its body, and what the customer may see. A check
 * gives either a value or the answer that refuses the call, so an endpoint reads as a list of checks, each of
 * which may end it, and then the work. Which organisations a record belongs to decides whether it is visible.
 */

import { toIso } from '../../common/instant.ts';
import type { Reply } from '../../common/server.ts';
import type { Input } from '../http/body.ts';
import { badRequest, forbidden, NO_CONTENT, notFound, ORGANISATION_UNKNOWN } from '../http/reply.ts';
import type { PropertyType, Row, RowId, Value } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import type { Kind } from '../state/tables.ts';
import type { SwitchValues } from '../switches.ts';
import { coerce, isBlank } from '../wire.ts';
import type { World } from '../world.ts';

/** One call that has passed routing, session and body. */
export interface Call {
  readonly world: World;
  readonly switches: SwitchValues;
  readonly customerId: number;
  /** Organisations of the customer: what the call may see. */
  readonly organisationIds: ReadonlySet<number>;
  readonly parameters: readonly string[];
  readonly input: Input;
}

/** Either what was asked for, or the answer that refuses the call. */
export type Check<T> = { kind: 'fine'; value: T } | { kind: 'refused'; reply: Reply };

export const fine = <T>(value: T): Check<T> => ({ kind: 'fine', value });
export const refused = (reply: Reply): Check<never> => ({ kind: 'refused', reply });

export const nowIso = (call: Call): string => toIso(call.world.clock.nowMs());

export const parameterId = (call: Call, at: number): number => Number(call.parameters[at]);

/** A property of the body as the wanted type; null when it is absent, null or empty text. */
export function readValue(call: Call, name: string, type: PropertyType): Check<Value> {
  const given = call.input.get(name.toLowerCase());
  if (given === undefined || isBlank(given)) return fine(null);
  const value = coerce(given, type);
  return value === undefined
    ? refused(badRequest(call.switches, `${name} is not a valid ${type}`))
    : fine(value);
}

export function readId(call: Call, name: string): Check<number | null> {
  return readValue(call, name, 'int') as Check<number | null>;
}

export function get(call: Call, kind: Parameters<World['store']['get']>[0], id: RowId): Row | undefined {
  return call.world.store.get(kind, id);
}

const one = (value: Value | undefined): readonly number[] => (typeof value === 'number' ? [value] : []);

/** Null stands for all organisations of all customers. */
type OrganisationIds = readonly number[] | null;

const ofUser = (store: Store, userId: Value | undefined): OrganisationIds =>
  one(typeof userId === 'number' ? store.get('users', userId)?.['OrganisationID'] : undefined);

const open = (row: Row): OrganisationIds => (row['organisationIds'] as readonly number[] | null) ?? null;

function ofUnit(store: Store, unitId: RowId): OrganisationIds {
  const standards = store
    .list('standards')
    .filter((row) => (row['unitIds'] as RowId[] | null)?.includes(unitId));
  const each = standards.map(open);
  return each.length === 0 || each.includes(null) ? null : each.flatMap((ids) => ids ?? []);
}

/** Organisations a record belongs to: its own, its learner's, or those it is open to. */
function organisationsOf(store: Store, kind: Kind, row: Row): OrganisationIds {
  switch (kind) {
    case 'organisations':
      return one(row['ID']);
    case 'standards':
    case 'templates':
      return open(row);
    case 'units':
      return ofUnit(store, row['ID'] as RowId);
    case 'aims':
    case 'unitSummaries':
      return ofUser(store, row['UserID']);
    case 'reviews':
    case 'plans':
    case 'timesheets':
      return ofUser(store, row['LearnerID']);
    case 'offTheJob':
      return ofUser(store, row['ID']);
    default:
      return one(row['OrganisationID']);
  }
}

export function isVisible(call: Call, kind: Kind, row: Row, within: ReadonlySet<number>): boolean {
  const ids = organisationsOf(call.world.store, kind, row);
  return ids === null || ids.some((id) => within.has(id));
}

/** Whether a record with an organisation of its own is the customer's. */
export const isOwn = (call: Call, row: Row | undefined): boolean =>
  row !== undefined && call.organisationIds.has(row['OrganisationID'] as number);

/** A record of another customer. Only reads can be answered with "nothing there". */
function foreignReply(call: Call, isRead: boolean): Reply {
  switch (call.switches['foreign-organisation']) {
    case '403':
      return forbidden('Not permitted for this customer');
    case '400-json':
      return badRequest(call.switches, 'Not permitted for this customer');
    case '204':
      return isRead ? NO_CONTENT : forbidden('Not permitted for this customer');
  }
}

/** The record a path names, or 404; another customer's is refused. */
export function findInPath(call: Call, kind: Kind, id: RowId, what: string): Check<Row> {
  const row = get(call, kind, id);
  if (row === undefined) return refused(notFound(what));
  return isVisible(call, kind, row, call.organisationIds) ? fine(row) : refused(foreignReply(call, false));
}

/** As findInPath, for GET: a switch decides how an unknown id is answered. */
export function findForRead(call: Call, kind: Kind, id: RowId, what: string): Check<Row> {
  const row = get(call, kind, id);
  if (row === undefined) {
    switch (call.switches['unknown-get']) {
      case '404':
        return refused(notFound(what));
      case '400-json':
        return refused(badRequest({ ...call.switches, 'error-400': 'known-codes' }, `${what} not found`));
      case '204':
        return refused(NO_CONTENT);
    }
  }
  return isVisible(call, kind, row, call.organisationIds) ? fine(row) : refused(foreignReply(call, true));
}

/** Whether an organisation exists and is the customer's. */
export function checkOrganisation(call: Call, id: number, isRead: boolean): Reply | null {
  if (get(call, 'organisations', id) === undefined) {
    return badRequest(call.switches, 'Organisation not found', ORGANISATION_UNKNOWN);
  }
  return call.organisationIds.has(id) ? null : foreignReply(call, isRead);
}

/** The organisations a search covers: the one it names, else all of the customer. */
export function readSearchScope(call: Call): Check<ReadonlySet<number>> {
  const id = readId(call, 'OrganisationID');
  if (id.kind === 'refused') return id;
  if (id.value === null) return fine(call.organisationIds);
  const refusal = checkOrganisation(call, id.value, true);
  return refusal === null ? fine(new Set([id.value])) : refused(refusal);
}
