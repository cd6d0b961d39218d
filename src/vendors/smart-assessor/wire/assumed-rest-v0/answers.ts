import type { Operation, PortFailure, RejectedCode } from '../../port.ts';
import { type Effect, type RawAnswer, type Row, serverFailure } from '../contract.ts';
import type { FieldTable } from '../records.ts';
import { isRow, textOf } from '../values.ts';
import * as wire from './names.ts';

/** The error in a body: its text, and what is wrong with which field. Names come in either case. */
type WireError = {
  readonly message: string;
  /** By wire name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
};

const noError: WireError = { message: '', fields: new Map() };

/**
 * What a REST answer means. The first line that fits counts.
 *
 * A server error, and what a gateway answers for a server that does not, says nothing about what was done: a read is
 * tried again, a write is looked up. A refusal is the vendor's: its status says which kind, and `modelState` which
 * field, in whatever form the body comes; a body that is no error of the vendor leaves the kind alone.
 */
export function classifyRest(operation: Operation, effect: Effect, answer: RawAnswer): PortFailure | null {
  const { status } = answer;
  if (status === 200 || status === 201 || status === 204) return null;
  const error = errorIn(answer);
  const rejected = (code: RejectedCode): PortFailure => ({
    kind: 'rejected',
    code,
    fields: ourNames(operation, error),
    detail: detailOf(error),
  });
  switch (status) {
    case 202:
      return effect === 'guarded' ? rejected('queued-for-matching') : serverFailure(effect, 'HTTP 202');
    case 401:
      return { kind: 'unauthorized', part: 'login', detail: 'HTTP 401' };
    case 403:
      return { kind: 'unauthorized', part: 'key', detail: 'HTTP 403' };
    case 404:
      return rejected('missing');
    case 409:
      return rejected(conflictCode(operation, error));
    case 400:
    case 405:
    case 410:
    case 413:
    case 415:
      return rejected('invalid-field');
    case 422:
      return rejected(unfitCode(operation, error));
    default:
      return serverFailure(effect, `HTTP ${status}`);
  }
}

function conflictCode(operation: Operation, { fields }: WireError): RejectedCode {
  if (operation === 'enrol-on-course' || fields.has(wire.enrolment.courseId.toLowerCase()))
    return 'already-enrolled';
  if (fields.has(wire.other.userName.toLowerCase())) return 'duplicate-login';
  return fields.has(wire.other.misId.toLowerCase()) ? 'duplicate-mis-id' : 'other';
}

/** Without fields the text alone can say that a course is not active. */
function unfitCode(operation: Operation, { fields, message }: WireError): RejectedCode {
  const course = fields.get(wire.enrolment.courseId.toLowerCase());
  const text = course ?? (fields.size === 0 && operation === 'enrol-on-course' ? message : '');
  if (/not active/i.test(text)) return 'course-inactive';
  return fields.has(wire.other.isArchived.toLowerCase()) ? 'archived' : 'invalid-field';
}

function errorIn({ body }: RawAnswer): WireError {
  if (body.kind !== 'value' || !isRow(body.value)) return noError;
  const state = anyCase(body.value, wire.other.modelState);
  const entries = isRow(state) ? Object.entries(state) : [];
  return {
    message: textOf(anyCase(body.value, wire.other.message)) ?? '',
    fields: new Map(
      entries.map(([name, texts]) => [name.toLowerCase(), [texts].flat().map(textOf).join(' ')]),
    ),
  };
}

function anyCase(row: Row, name: string): unknown {
  return Object.entries(row).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** The vendor's words, for administrators; cut, since it may answer anything. */
function detailOf({ message, fields }: WireError): string {
  const named = [...fields].map(([name, text]) => `${name}: ${text}`);
  const parts = [message, ...named];
  return parts
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 500)
    .toWellFormed();
}

const tables: Readonly<Partial<Record<Operation, FieldTable>>> = {
  'create-learner': wire.learner,
  'update-learner': wire.learner,
  'create-employer': wire.employer,
  'create-assessor': wire.assessor,
  'update-assessor': wire.assessor,
};

/** Wire names of refused fields in our words. Those of an enrolment are ours already. */
function ourNames(operation: Operation, { fields }: WireError): string[] {
  const table = tables[operation] ?? {};
  return [...fields.keys()].flatMap((name) => {
    const known = Object.entries(table).find(([, { at }]) => at.toLowerCase() === name);
    if (known !== undefined) return [known[0]];
    return Object.values<string>(wire.enrolment).filter((ours) => ours.toLowerCase() === name);
  });
}
