import type { JsonObject } from '../../../core/json.ts';
import type { CallResult, CentreFinding } from '../../../core/step.ts';
import type { Details } from '../wire/details.ts';

/**
 * O12: what a record that was read back tells of names nobody has proven, after their first write.
 *
 * A name that OneFile does not know is ignored without a word, and would be sent again in every run. `verify`: field to
 * the key of its assumed name. A value that is shown otherwise than it was sent is kept all the same.
 */
export function toFindings(
  result: CallResult,
  verify: Readonly<Record<string, string>>,
  details: Details,
): CallResult {
  if (result.kind !== 'done') return result;
  const record: JsonObject = result.observed[0]?.record ?? {};
  const findings = Object.entries(verify).map(
    ([name, field]): CentreFinding => ({
      kind: 'field-support',
      field,
      isKept: (record[details[name]?.recordName ?? name] ?? null) !== null,
    }),
  );
  return { ...result, findings };
}
