import { expect, test } from 'vitest';
import {
  buildRequest,
  handlersAt,
  openDispatch,
  openWorkplace,
  type Script,
  scope,
} from '../../test/support/requests.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { FoundOwner } from '../vendors/vendor.ts';

const lookUp = buildRequest({ kind: 'look-up', payload: { records: 'officers', text: ' bell ' } });
const found = (id: string, name: string): FoundOwner => {
  return { id, name, misId: null, email: null, isActive: true };
};
const away: VendorFailure = { kind: 'unreachable', detail: '' };

function open(linking: NonNullable<Script['linking']>) {
  const opened = openWorkplace({ linking });
  return { ...opened, ...openDispatch(opened, handlersAt(opened.workplace)) };
}

function setup(
  owners: readonly FoundOwner[] | VendorFailure = [found('5', 'Jo Bell'), found('6', 'Al Bell')],
) {
  const asked: unknown[] = [];
  const opened = open({
    searchOwners: async (kind, text) => {
      asked.push([kind, text]);
      return owners;
    },
  });
  opened.pics.putOfficer({ code: 'JB', firstName: 'Joanna', surname: 'Bell' });
  const link = { ...scope, kind: 'officer', picsId: 'JB', vendorId: '5', ident: null } as const;
  opened.store.ledger.linkTable.put({ ...link, how: 'matched', copiedAtMs: null });
  return { asked, ...opened };
}

test('OF-30: a look-up lists what fits the text, and what of PICS it is linked to', async () => {
  const { dispatch, answers, asked } = setup();
  await dispatch(lookUp);
  expect(asked).toEqual([['officer', 'bell']]);
  expect(answers().at(-1)).toMatchObject({
    status: 'done',
    result: {
      count: 2,
      found: [
        { id: '5', name: 'Jo Bell', linkedTo: { code: 'JB', name: 'Joanna Bell' } },
        { id: '6', name: 'Al Bell', linkedTo: null },
      ],
    },
  });
});

test('OF-33: organisations are looked up among placements; without a text all are', async () => {
  const { dispatch, asked } = setup();
  await dispatch({ ...lookUp, payload: { records: 'organisations' } });
  expect(asked).toEqual([['organisation', '']]);
});

test('a list longer than a person reads is cut, and says how many there are', async () => {
  const { dispatch, answers } = setup(Array.from({ length: 501 }, (_, n) => found(String(n), `Bell ${n}`)));
  await dispatch(lookUp);
  const result = answers().at(-1)?.result as { found: unknown[]; count: number } | undefined;
  expect([result?.found.length, result?.count]).toEqual([500, 501]);
});

test('what to look for is needed, and a vendor that is away fails the command', async () => {
  const nothing = setup();
  await nothing.dispatch({ ...lookUp, payload: { records: 'learners' } });
  expect(nothing.answers()).toMatchObject([{ status: 'refused', code: 'INPUT_MISSING' }]);
  const { dispatch, answers } = setup(away);
  await dispatch(lookUp);
  expect(answers().at(-1)).toMatchObject({ status: 'failed', code: 'UNREACHABLE' });
});

test('OF-18: a refresh of the qualification links counts references and names those without a match', async () => {
  const request = buildRequest({ kind: 'refresh-qualification-links' });
  const compared = { references: 2, unmatched: ['C', 'D'] };
  const { dispatch, answers } = open({ refreshCatalogue: async () => compared });
  await dispatch(request);
  expect(answers().at(-1)).toMatchObject({
    status: 'done',
    result: { references: 2, unmatchedCount: 2, unmatched: ['C', 'D'] },
  });
  const failed = open({ refreshCatalogue: async () => away });
  await failed.dispatch(request);
  expect(failed.answers().at(-1)).toMatchObject({ status: 'failed', code: 'UNREACHABLE' });
});
