import type { JsonObject } from '../../../domain/json.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { CallResult } from '../../../domain/step.ts';
import { toSentValues } from '../../common/details.ts';
import { lostHold } from '../../common/parts.ts';
import { isSameName } from '../../common/values.ts';
import type { RequestOf } from '../rules/calls.ts';
import { toFailure } from './failures.ts';
import { afresh, emptyDone, type Making, observe } from './making.ts';

type Fields = RequestOf<'update-learner'>['fields'];

/**
 * SA-50, SA-53: sends exactly the given fields, and reads the record back. A value that is not shown then was not kept: it
 * is held once and not sent again until PICS changes (Q5, Q6, D-16).
 */
export const updateDetails = {
  learner: async (
    { ident, learnerId, fields }: RequestOf<'update-learner'>,
    making: Making,
  ): Promise<CallResult> => {
    const about = { kind: 'learner', code: ident, id: learnerId };
    const { port, account } = making;
    const answer = await port.call('update-learner', { id: learnerId, fields }, account);
    if (answer.kind !== 'ok') return toFailure(answer, 'update-learner', about);
    const sentAtMs = making.now();
    const fresh = afresh(making);
    const read = await port.call('read-learner', { id: learnerId }, fresh.account);
    if (read.kind !== 'ok' || read.value === null) return toUnseen(read.kind === 'ok' ? null : read, about);
    return judge('learner', observe('learner', { records: [read.value] }, fresh, sentAtMs), fields, sentAtMs);
  },

  assessor: async (
    { code, assessorId, fields }: RequestOf<'update-assessor'>,
    making: Making,
  ): Promise<CallResult> => {
    const about = { kind: 'officer', code, id: assessorId };
    const { port, account } = making;
    const answer = await port.call('update-assessor', { id: assessorId, fields }, account);
    if (answer.kind !== 'ok') return toFailure(answer, 'update-assessor', about);
    const sentAtMs = making.now();
    const fresh = afresh(making);
    const read = await port.call('read-assessors', { includeArchived: true }, fresh.account);
    if (read.kind !== 'ok') return toUnseen(read, about);
    const found = read.value.records.filter(({ id }) => id === assessorId);
    if (found.length === 0) return toUnseen(null, about);
    return judge('assessor', observe('assessor', { records: found }, fresh, sentAtMs), fields, sentAtMs);
  },
};

/** What was sent could not be read back: the next look compares and sends again, if it must. */
function toUnseen(
  failure: Parameters<typeof toFailure>[0] | null,
  about: Readonly<Record<string, string>>,
): CallResult {
  return failure === null ? emptyDone : toFailure(failure, 'read-learner', about);
}

/** Compares what was sent with what is shown. A form that the vendor changed counts as kept (D-16). */
function judge(
  entity: 'learner' | 'assessor',
  observed: readonly Observation[],
  fields: Fields,
  sentAtMs: number,
): CallResult {
  const [seen] = observed;
  if (seen === undefined || seen.record === null) return emptyDone;
  const { record, vendorId } = seen;
  const unread = record['unread'];
  const names = Object.keys(fields).filter((name) => !(Array.isArray(unread) && unread.includes(name)));
  const isKept = (name: string): boolean => isShown(record, name, fields[name] ?? '');
  const lost = names.filter((name) => !isKept(name));
  const { deleted: _deleted, cause: _cause, ...shadow } = { ...seen, record };
  const sent = Object.fromEntries(names.map((name) => [name, fields[name] ?? '']));
  return {
    ...emptyDone,
    observed,
    shadow: [{ ...shadow, sent: toSentValues(sent, { sentAtMs, seen: record, lost }) }],
    findings: names.map((name) => ({
      kind: 'field-support',
      field: `${entity}.${name}`,
      isKept: isKept(name),
      record: vendorId,
    })),
    holds: lost.map((name) => lostHold({ entity, vendorId, field: name, name }, 'smartassessor')),
  };
}

function isShown(record: JsonObject, name: string, value: string): boolean {
  const shown = record[name];
  if (typeof shown !== 'string') return false;
  const tight = (text: string): string => text.replace(/[\s-]/g, '');
  return isSameName(shown, value) || isSameName(tight(shown), tight(value));
}
