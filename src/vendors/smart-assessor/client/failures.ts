import type { VendorFailure } from '../../../domain/outcome.ts';
import type { Answer, PortFailure } from '../port.ts';
import type { CallName } from '../rules/calls.ts';

type Refusal = Extract<VendorFailure, { kind: 'rejected' }>;

/** A refusal in our codes. `params` fill the gaps of the code's sentence. */
export function refuse(code: string, detail: string, params: Refusal['params'] = {}): Refusal {
  return { kind: 'rejected', code, detail, params: { vendor: 'smartassessor', ...params } };
}

export type Failed = Exclude<Answer<unknown>, { readonly kind: 'ok' }>;

/** Whom or what a call was about, for the sentences. */
export type About = Readonly<Record<string, string>>;

/** What is sent in words of people, for a refusal that names fields. */
const fieldWords: Readonly<Record<string, string>> = {
  misId: 'MIS id',
  studentId: 'Student ID',
  familyName: 'surname',
  givenNames: 'first name',
  firstName: 'first name',
  lastName: 'surname',
  dateOfBirth: 'date of birth',
  uln: 'unique learner number',
  niNumber: 'NI number',
  email: 'e-mail address',
  userName: 'user name',
  phone: 'telephone',
  mobile: 'mobile',
  addressLine1: 'address line 1',
  addressLine2: 'address line 2',
  addressLine3: 'address line 3',
  addressLine4: 'address line 4',
  employerId: 'employer',
  edrs: 'EDRS number',
  startDate: 'start date',
  endDate: 'planned end date',
  courseId: 'course',
  qanCode: 'QAN',
  assessorId: 'assessor',
  secondAssessorId: 'second assessor',
};

/**
 * What the failure of a call means for the engine, in the codes of the exchange (smart-assessor-api 7.1).
 *
 * A read that was sent and came back without an answer counts as one record's trouble until others fail too (G-9); a
 * write that was not sent, and a line that is not there, count as the vendor's. A list that is not whole proves nothing
 * and is read again.
 */
export function toFailure(failure: Failed, name: CallName, about: About): VendorFailure {
  switch (failure.kind) {
    case 'dry-run':
      return refuse('VENDOR_REFUSED', 'dry run', { message: 'nothing is sent in a dry run' });
    case 'unsupported':
      return refuse('VENDOR_REFUSED', failure.capability, { message: 'its interface cannot do this' });
    case 'unreachable': {
      const wasSent = ['timeout', 'status', 'cut'].includes(failure.cause);
      return { kind: wasSent && isRead(name) ? 'unknown' : 'unreachable', detail: failure.detail };
    }
    case 'unknown':
      return { kind: 'unknown', detail: failure.detail };
    case 'throttled':
      return failure;
    case 'unauthorized':
      return { kind: 'unauthorized', detail: failure.part ?? failure.detail };
    case 'rejected':
      return toRefusal(failure, name, about);
  }
}

function isRead(name: CallName): boolean {
  return /^(read|find|check)-/.test(name);
}

function toRefusal(
  { code, fields, detail }: Extract<PortFailure, { kind: 'rejected' }>,
  name: CallName,
  about: About,
): VendorFailure {
  switch (code) {
    case 'missing':
      return refuse('LINK_GONE', detail, about);
    case 'course-inactive':
      return refuse('COURSE_INACTIVE', detail, about);
    case 'queued-for-matching':
      return refuse('QUEUED_FOR_MATCHING', detail, { ...about, what: name });
    case 'needs-login':
      return refuse('NO_EMAIL', detail, about);
    case 'archived':
      return refuse('ARCHIVED', detail, about);
    case 'unreadable':
      return isRead(name)
        ? { kind: 'unknown', detail: 'INCOMPLETE' }
        : refuse('VENDOR_REFUSED', detail, about);
    default: {
      const words = fields.map((field) => fieldWords[field] ?? field).join(', ');
      const message = [words, detail].filter((part) => part !== '').join(': ');
      return refuse('VENDOR_REFUSED', detail, {
        what: name,
        message: message === '' ? 'no reason given' : message,
      });
    }
  }
}
