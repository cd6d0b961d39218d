/** Why a call was refused, for both façades. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: 400 | 404 | 409 | 422 | 202;
  /** The subcode of a SOAP fault, and the code in the history. */
  readonly code: 'Validation' | 'NotFound' | 'Duplicate' | 'Inactive' | 'Matching';
  readonly message: string;
  /** What is wrong with which field, by REST names. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** A near match is not made, and yet something happens: it waits in the queue. Not so in a dry run. */
  readonly enqueue?: () => void;
}

/** A call that was judged. Nothing has changed before `apply`, so a dry run ends here. */
export type Judged<T> = { readonly kind: 'accepted'; readonly apply: () => T } | Refusal;

export const accepted = <T>(apply: () => T): Judged<T> => ({ kind: 'accepted', apply });

export const invalid = (fields: Refusal['fields']): Refusal => ({
  kind: 'refused',
  status: 400,
  code: 'Validation',
  message: 'The request is not valid.',
  fields,
});

export const notFound = (what: string): Refusal => ({
  kind: 'refused',
  status: 404,
  code: 'NotFound',
  message: `The ${what} was not found.`,
  fields: {},
});

const refused = (status: 409 | 422, code: Refusal['code'], field: string, text: string): Refusal => ({
  kind: 'refused',
  status,
  code,
  message: 'The request was refused.',
  fields: { [field]: [text] },
});

export const taken = (field: string, text: string): Refusal => refused(409, 'Duplicate', field, text);
export const unfit = (field: string, text: string): Refusal => refused(422, 'Validation', field, text);
export const inactive = (): Refusal =>
  refused(422, 'Inactive', 'courseId', 'The course is not active for this site.');

/** In one sentence, as SOAP says it. */
export function sentenceOf({ message, fields }: Refusal): string {
  const entries = Object.entries(fields);
  if (entries.length === 0) return message;
  const texts = entries.map(([field, [text = '']]) => (entries.length === 1 ? text : `${field}: ${text}`));
  return texts.join(' ');
}
