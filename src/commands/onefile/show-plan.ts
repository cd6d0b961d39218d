import type { Json, JsonObject } from '../../core/json.ts';
import { type Column, toTable } from '../io.ts';

/** Empty for anything that is no object. */
export function toObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Warnings that stand in the result of a command. */
export function toWarnings(
  result: JsonObject | null,
): readonly { readonly id: string; readonly text: string }[] {
  const given = result?.['warnings'];
  if (!Array.isArray(given)) return [];
  return given.map((one) => {
    const { id, text } = toObject(one as Json);
    return { id: String(id ?? ''), text: String(text ?? '') };
  });
}

type Line = { readonly what: string; readonly count: Json | undefined };

const columns: readonly Column<Line>[] = [
  { title: 'first synchronisation', value: ({ what }) => what },
  { title: 'count', value: ({ count }) => (count === undefined ? null : String(count)), isNumber: true },
];

/** What the initial synchronisation would do (OF-9), for a person. */
export function toPlanText(plan: JsonObject): string {
  const toLink = toObject(plan['toLink']);
  const lines: Line[] = [
    { what: 'learners linked already', count: plan['linked'] },
    { what: 'to link by the id in PICS', count: toLink['id'] },
    { what: 'to link by MIS value', count: toLink['misValue'] },
    { what: 'to link by ULN', count: toLink['uln'] },
    { what: 'alike by name and birth date: a person decides', count: plan['proposed'] },
    { what: 'ids in PICS that are doubtful', count: plan['doubtful'] },
    { what: 'learners of OneFile without a record in PICS', count: plan['unmatched'] },
    { what: 'reviews to send, at most', count: plan['reviewsToSend'] },
    { what: 'calls', count: plan['calls'] },
    { what: 'minutes', count: plan['minutes'] },
  ];
  return toTable(columns, lines);
}
