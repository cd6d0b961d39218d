import type { Json, JsonObject } from '../../core/json.ts';
import { toCountOf } from '../count-text.ts';

/** What the first synchronisation would do, in words. */
export function toInitialPlanText(plan: JsonObject): string {
  const count = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
  const toLink = toObject(plan['toLink']);
  const lines = [
    `The first synchronisation (plan ${plan['digest']}, centre ${plan['centre']}):`,
    `  ${toCountOf(count(plan['linked']), 'learner')} linked already`,
    `  to be linked: ${count(toLink['id'])} by the id in PICS, ${count(toLink['misValue'])} by MIS value, ${count(toLink['uln'])} by ULN`,
    `  ${count(plan['proposed'])} with the same names and birth date: a person decides, nobody is linked`,
    `  ${count(plan['doubtful'])} with an id in PICS that is nobody's at OneFile, or two learners'`,
    `  ${count(plan['unmatched'])} at OneFile without a record in PICS; no learner is created`,
    `  ${toCountOf(count(plan['reviewsToSend']), 'review')} to be sent`,
    `  about ${toCountOf(count(plan['calls']), 'call')}, ${count(plan['minutes'])} minutes`,
    ...toPairLines('proposed', plan['proposals']),
    ...toPairLines('doubtful', plan['doubts']),
  ];
  return `${lines.join('\n')}\n`;
}

const mostLines = 20;

function toPairLines(what: string, pairs: Json | undefined): string[] {
  if (!Array.isArray(pairs)) return [];
  const lines = pairs.slice(0, mostLines).map((pair) => {
    const { ident, vendorId } = toObject(pair as Json);
    return `    ${what}: learner ${ident}, OneFile id ${vendorId}`;
  });
  return pairs.length > mostLines ? [...lines, `    … and ${pairs.length - mostLines} more (--json)`] : lines;
}

export function toObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Warnings as the answer to `enable` lists them. */
export function toWarnings(
  result: JsonObject | null,
): readonly { readonly id: string; readonly text: string }[] {
  const given = result?.['warnings'];
  if (!Array.isArray(given)) return [];
  return given.map((one) => {
    const { id, text } = toObject(one as Json);
    return { id: String(id), text: String(text) };
  });
}
