import type { OwnerKind } from '../domain/owner.ts';
import type { CommandRequest } from '../domain/request.ts';
import { askAt, type Command, done, payloadText, refused } from './request.ts';

/** So many are shown at most: a person who sees more than that must say more. */
const mostShown = 500;

/** OF-30, OF-33: everything at the vendor that an officer or organisation could be linked to, and to whom it is. */
export const lookUp: Command = async (request, begin, workplace) => {
  const { vendor, store, pics } = workplace;
  const kind = kindOf(request);
  if (kind === null)
    return refused('INPUT_MISSING', { command: 'look-up', input: 'officers or organisations' });
  await begin();
  const text = payloadText(request.payload, 'text') ?? '';
  const found = await askAt(workplace, () => vendor.linking.searchOwners(kind, text));
  if (found.kind === 'failed') return found.answer;
  const shown = found.value.slice(0, mostShown);
  const links = await store.links.readByVendorIds(
    { vendor: vendor.name, centre: vendor.centre, kind },
    shown.map(({ id }) => id),
  );
  const names = await pics.readOwnerNames(kind, [...new Set(links.map(({ picsId }) => picsId))]);
  const lines = shown.map((owner) => {
    // D-8: officers may share an assessor; the one that was linked first comes first.
    const [linkedTo = null, ...alsoLinkedTo] = links
      .filter(({ vendorId }) => vendorId === owner.id)
      .map(({ picsId: code }) => ({ code, name: names.get(code) ?? null }));
    return { ...owner, linkedTo, ...(alsoLinkedTo.length === 0 ? {} : { alsoLinkedTo }) };
  });
  return done({ found: lines, count: found.value.length });
};

function kindOf({ payload }: CommandRequest): OwnerKind | null {
  const records = payloadText(payload, 'records');
  return records === 'officers' ? 'officer' : records === 'organisations' ? 'organisation' : null;
}
