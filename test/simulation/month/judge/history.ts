import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Written } from '../onefile.ts';
import type { MonthWorld } from '../world.ts';
import type { Verdict } from './linked.ts';

/**
 * D-1: between the read before a push and the push somebody at OneFile may type a value: nobody can prevent that.
 *
 * So long that may take: a reading of a full pass serves for a minute, and a call may wait for its turn.
 */
const readBeforePushMs = 150_000;

/** What OneFile lived through: nothing created twice, nothing overwritten, nothing sent backwards. */
export function judgeHistory(world: MonthWorld, find: Verdict): void {
  judgeCreates(world, find);
  const pushed = new Map<string, number>();
  for (const written of world.state.written) {
    if (written.name !== 'update-aim') continue;
    for (const [field, value] of Object.entries(written.request['fields'] as JsonObject)) {
      judgeOverwrite(world, { written, field, value }, find);
      judgeOrder(world, pushed, { written, field, value }, find);
    }
  }
}

/**
 * G-5, OF-21: a record of PICS becomes one record of OneFile.
 *
 * A visit may be made again when its create was not answered, and when the link to it was taken away with the
 * learner's (OF-24): the journal has a line of each.
 */
function judgeCreates({ state, ledger }: MonthWorld, find: Verdict): void {
  const creates = state.written.filter(
    ({ name }) => name.startsWith('create-') || name === 'assign-standard',
  );
  // A learner who was linked to another record begins anew there.
  const bySubject = Map.groupBy(
    creates,
    ({ name, subject, request }) => `${name} ${subject} ${request['learnerId'] ?? ''}`,
  );
  for (const [what, made] of bySubject) {
    if (made.length === 1) continue;
    const isVisit = made[0]?.name === 'create-visit';
    const visit = made[0]?.subject.replace(/^review:/, 'visit:');
    const orphans = ledger.journal.filter(
      ({ kind, subject, code }) =>
        (subject === made[0]?.subject && code === 'POSSIBLE_ORPHAN') ||
        (subject === visit && kind === 'unlinked'),
    );
    if (!isVisit || orphans.length < made.length - 1)
      find(`G-5: ${what} was done ${made.length} times: ${made.map(({ vendorId }) => vendorId).join(', ')}`);
  }
}

type Push = { readonly written: Written; readonly field: string; readonly value: unknown };

/**
 * OF-42: what a person typed at OneFile is never overwritten.
 *
 * D-11: what the sync itself wrote last, and no completed full pass has confirmed, may be corrected. A pass that was
 * completed after the decision and before the write does not count.
 */
function judgeOverwrite(
  { state, oneFile: { fullPasses } }: MonthWorld,
  { written, field, value }: Push,
  find: Verdict,
): void {
  const { vendorId, before, atMs } = written;
  const known = before[field] ?? null;
  if (known === null || known === value) return;
  const typedAtMs = state.typedAtMs.get(`${vendorId} ${field}`) ?? 0;
  const isEarlierPush = (one: Written): boolean =>
    one.name === 'update-aim' &&
    one.vendorId === vendorId &&
    one.atMs < atMs &&
    field in (one.request['fields'] as JsonObject);
  const own = state.written.filter(isEarlierPush).at(-1);
  const ownAtMs = own?.atMs ?? 0;
  const passAtMs = fullPasses
    .filter(({ completedAtMs }) => completedAtMs <= atMs - readBeforePushMs)
    .reduce((last, { beganAtMs }) => Math.max(last, beganAtMs), 0);
  const ownValue = (own?.request['fields'] as JsonObject | undefined)?.[field];
  if (ownValue === known && ownAtMs > typedAtMs && ownAtMs > passAtMs) return;
  const ageMs = atMs - Math.max(Math.min(typedAtMs, atMs), ownAtMs);
  if (ageMs > readBeforePushMs || ownAtMs > typedAtMs)
    find(
      `D-1: ${field} of aim ${vendorId} was ${String(known)} for ${Math.round(ageMs / 1000)} s` +
        ` and was overwritten with ${String(value)} at ${new Date(atMs).toISOString()}`,
    );
}

/** D-3: a value that PICS had before the one that was sent last is never sent after it. */
function judgeOrder(
  { pics, ledger }: MonthWorld,
  pushed: Map<string, number>,
  { written, field, value }: Push,
  find: Verdict,
): void {
  const link = ledger.links.find(
    ({ kind, vendorId }) => kind === 'qualification' && vendorId === written.vendorId,
  );
  if (link === undefined) return;
  const versions = pics.versions.get(`${link.picsId} ${field}`) ?? [];
  const index = versions.findLastIndex((one) => one.value === value && one.fromMs <= written.atMs);
  const key = `${written.vendorId} ${field}`;
  const last = pushed.get(key) ?? -1;
  if (index < last)
    find(
      `D-3: ${field} of aim ${written.vendorId} went back to ${String(value)} (version ${index} after ${last})`,
    );
  pushed.set(key, Math.max(index, last));
}
