import type { OutcomeRecord } from '../core/ledger.ts';
import { hashRecord } from './shadow-hash.ts';

/** Lays outcomes out as one list a table; `n` says which outcome an entry belongs to, `m` which place it had there. */
export function outcomeInput(outcomes: readonly OutcomeRecord[]): string[] {
  const lists = [
    outcomes.map((outcome, n) => {
      const { vendor, centre, ident, version, intentId, state, code, vendorId } = outcome;
      const { milestone, concludesEnrolment } = outcome;
      return {
        ...{ n, vendor, centre, ident, version, intentId, state, code, vendorId },
        ...{ milestone, concludesEnrolment },
      };
    }),
    outcomes.flatMap(({ shadows }, n) =>
      shadows.map((shadow) => ({ n, ...shadow, hash: hashRecord(shadow.record) })),
    ),
    outcomes.flatMap(({ links }, n) => links.map((link, m) => ({ n, m, ...link }))),
    outcomes.flatMap(({ findings }, n) => findings.map(({ field, isKept }) => ({ n, field, isKept }))),
    outcomes.flatMap(({ holds }, n) => holds.map((hold, m) => ({ n, m, ...hold }))),
    outcomes.flatMap(({ released }, n) => released.map((item) => ({ n, item }))),
    outcomes.flatMap(({ journal }, n) => journal.map((entry, m) => ({ n, m, ...entry }))),
    outcomes.flatMap(({ unlinks }, n) => unlinks.map(({ kind, picsId }) => ({ n, kind, picsId }))),
  ];
  return lists.map((list) => JSON.stringify(list));
}
