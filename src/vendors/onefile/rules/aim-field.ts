import type { Qualification } from '../../../core/learner.ts';
import { isSameText, toRegistrationNumber, toText } from './compare.ts';
import type { AimRecord } from './records.ts';

export type FieldMove<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'to-pics'; readonly value: T }
  | { readonly kind: 'to-onefile'; readonly value: T };

/** OF-42..44. Blank takes the other side's value; where both have one, OneFile's stands. */
export function decideAimField<T>(
  pics: T | null,
  oneFile: T | null,
  isSame: (a: T, b: T) => boolean,
): FieldMove<T> {
  if (pics === null) return oneFile === null ? { kind: 'none' } : { kind: 'to-pics', value: oneFile };
  if (oneFile === null) return { kind: 'to-onefile', value: pics };
  return isSame(pics, oneFile) ? { kind: 'none' } : { kind: 'to-pics', value: oneFile };
}

/** The four values of a delivery qualification that travel both ways, each with its key among the assumed names. */
export const exchangedFields = {
  registrationNumber: 'aim.registrationNumber',
  registeredOn: 'aim.registrationDate',
  certificateAppliedOn: 'aim.certificateApplied',
  certificateReceivedOn: 'aim.certificateReceived',
} as const;

export type ExchangedField = keyof typeof exchangedFields;
export type AimMoves = {
  readonly toOneFile: Partial<Record<ExchangedField, string>>;
  readonly toPics: Partial<Record<ExchangedField, string>>;
};

/** Whether a centre keeps a field, by its key; absent = not known yet, so it is tried (O12). */
export type FieldSupport = Readonly<Record<string, boolean>>;

/** OF-42..44 for one qualification and its aim. A field that OneFile does not keep, or shows unreadably, takes no part. */
export function decideAimFields(
  qualification: Pick<Qualification, ExchangedField>,
  aim: Pick<AimRecord, ExchangedField> & Partial<Pick<AimRecord, 'unreadable'>>,
  fieldSupport: FieldSupport,
): AimMoves {
  const toOneFile: Partial<Record<ExchangedField, string>> = {};
  const toPics: Partial<Record<ExchangedField, string>> = {};
  for (const field of fieldNames) {
    if (fieldSupport[exchangedFields[field]] === false || aim.unreadable?.includes(field)) continue;
    const clean = field === 'registrationNumber' ? toRegistrationNumber : toText;
    const move = decideAimField(clean(qualification[field]), clean(aim[field]), isSameText);
    if (move.kind === 'to-onefile') toOneFile[field] = move.value;
    if (move.kind === 'to-pics') toPics[field] = move.value;
  }
  return { toOneFile, toPics };
}

/** True when PICS has at least one of the four values. */
export function hasExchangedValue(qualification: Pick<Qualification, ExchangedField>): boolean {
  return fieldNames.some((field) => toText(qualification[field]) !== null);
}

const fieldNames = Object.keys(exchangedFields) as ExchangedField[];
