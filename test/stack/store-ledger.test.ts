import { expect } from 'vitest';
import { createLedger } from '../../src/store/ledger.ts';
import { aLink, anOutcome, aShadow } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

stackTest(
  'learners that share a record and a link do not stop each other in concurrent batches',
  async () => {
    await using database = await openStoreDatabase();
    const ledgers = [1, 2, 3].map(() => createLedger(database.pool, { maxItems: 7 }));
    const idents = Array.from({ length: 40 }, (_, n) => `${n}`);
    const recorded = await Promise.all(
      ledgers.flatMap((ledger, who) =>
        idents.map((ident, n) => {
          const turned = who === 1 ? idents.length - n : n;
          const shadows = [turned, turned + 1].map((at) => aShadow({ vendorId: `${at % 5}` }));
          const links = [
            aLink({ kind: 'officer', picsId: `${turned % 9}`, vendorId: `${turned % 7}`, ident: null }),
          ];
          return ledger.recordOutcome(anOutcome({ ident: `${who}-${ident}`, shadows, links }));
        }),
      ),
    );
    expect(new Set(recorded.map(({ kind }) => kind))).toEqual(new Set(['recorded']));
  },
);
