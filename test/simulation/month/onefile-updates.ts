import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Call, CallResult, Done } from '../../../src/domain/step.ts';
import { toRecordKey } from '../../../src/vendors/onefile/client/making.ts';
import { exchangedFields } from '../../../src/vendors/onefile/rules/aims.ts';
import { learnerDetails, toDetailsRecord } from '../../../src/vendors/onefile/wire/details.ts';
import { at, emptyDone, toObserved } from './onefile-answers.ts';
import { note, refusedNumber, type WriteParts } from './onefile-note.ts';
import { rejected } from './onefile-reads.ts';

export function updateAim(call: Call, parts: WriteParts): CallResult {
  const { state, clock, recent, keepsCertificateReceived } = parts;
  const { aimId, learnerId, fields, verify } = call.request;
  const id = String(aimId);
  const known = state.find('learning-aim', id);
  if (known === undefined) return rejected('LINK_GONE', `no aim ${id}`, id);
  const sent = fields as JsonObject;
  if (sent['registrationNumber'] === refusedNumber) return rejected('VENDOR_REFUSED', 'not a number of ours');
  const { certificateReceivedOn, ...kept } = sent;
  const set = keepsCertificateReceived || certificateReceivedOn === undefined ? sent : kept;
  note(call, parts, id, known);
  state.put('learning-aim', id, { ...known, ...set });
  const base = recent.get(toRecordKey('learning-aim', id));
  if (base === null || (Array.isArray(verify) && verify.length > 0)) {
    const seen = toObserved('learning-aim', id, { ...parts, sentAtMs: clock.nowMs(), cause: 'after-write' });
    return { ...emptyDone, observed: [seen], findings: toFindings(verify, seen.record) };
  }
  const record = { ...base, ...sent };
  recent.set(toRecordKey('learning-aim', id), record);
  const shadow = { ...at, entity: 'learning-aim', vendorId: id, learnerVendorId: String(learnerId), record };
  return { ...emptyDone, shadow: [{ ...shadow, observedAtMs: clock.nowMs() }] };
}

/** OF-70. The centre keeps every detail, and says so when it is asked. */
export function updateLearner(call: Call, parts: WriteParts): CallResult {
  const { state, recent, clock } = parts;
  const { learnerId, fields, verify } = call.request;
  const id = String(learnerId);
  const known = state.find('learner', id);
  if (known === undefined) return rejected('LINK_GONE', `no learner ${id}`, id);
  const set = toDetailsRecord(learnerDetails, fields as JsonObject);
  note(call, parts, id, known);
  state.put('learner', id, { ...known, ...set });
  const names = Array.isArray(verify) ? verify : [];
  const base = recent.get(toRecordKey('learner', id));
  if (base === null || names.length > 0) {
    const seen = toObserved('learner', id, { ...parts, sentAtMs: clock.nowMs(), cause: 'after-write' });
    const findings = names.map(
      (name) => ({ kind: 'field-support', field: `learner.${String(name)}`, isKept: true }) as const,
    );
    return { ...emptyDone, observed: [seen], findings };
  }
  const record = { ...base, ...set };
  recent.set(toRecordKey('learner', id), record);
  const shadow = { ...at, entity: 'learner', vendorId: id, learnerVendorId: id, record };
  return { ...emptyDone, shadow: [{ ...shadow, observedAtMs: clock.nowMs() }] };
}

/** O12: whether the centre keeps a field that nobody has proven. */
function toFindings(verify: Json | undefined, record: JsonObject | null): Done['findings'] {
  if (!Array.isArray(verify) || !verify.includes('certificateReceivedOn')) return [];
  const isKept = (record?.['certificateReceivedOn'] ?? null) !== null;
  return [{ kind: 'field-support', field: exchangedFields.certificateReceivedOn, isKept }];
}
