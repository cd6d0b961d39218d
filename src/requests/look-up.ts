import type { VendorFailure } from '../domain/outcome.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type { CommandRequest } from '../domain/request.ts';
import {
  type AskEffects,
  askVendor,
  type HandleCommand,
  toDone,
  toPayloadText,
  toRefused,
} from './request.ts';

/** A record of the vendor that officers or organisations can be linked to. */
export type FoundOwner = {
  readonly id: string;
  readonly name: string | null;
  /** Key of ours that it carries, if any. */
  readonly misId: string | null;
  readonly email: string | null;
  /** Null where the vendor does not say. */
  readonly isActive: boolean | null;
};

export type LookUpEffects = AskEffects & {
  /** All records that fit the text, by name; with an empty text all there are. */
  readonly searchOwners: (kind: OwnerKind, text: string) => Promise<readonly FoundOwner[] | VendorFailure>;
  /** PICS code by vendor id, for those that are linked. */
  readonly readHolders: (
    kind: OwnerKind,
    vendorIds: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
  /** Names of officers or organisations of PICS, by code. */
  readonly readNames: (kind: OwnerKind, codes: readonly string[]) => Promise<ReadonlyMap<string, string>>;
};

/** So many are shown at most: a person who sees more than that must say more. */
const mostShown = 500;

/** OF-30, OF-33: everything at the vendor that an officer or organisation could be linked to, and to whom it is. */
export function createLookUp(effects: LookUpEffects): HandleCommand {
  return async (request, begin) => {
    const kind = toKind(request);
    if (kind === null)
      return toRefused('INPUT_MISSING', { command: 'look-up', input: 'officers or organisations' });
    await begin();
    const text = toPayloadText(request.payload, 'text') ?? '';
    const told = await askVendor(effects, () => effects.searchOwners(kind, text));
    if (told.kind === 'failed') return told.answer;
    const shown = told.value.slice(0, mostShown);
    const holders = await effects.readHolders(
      kind,
      shown.map(({ id }) => id),
    );
    const names = await effects.readNames(kind, [...new Set(holders.values())]);
    const found = shown.map((owner) => {
      const code = holders.get(owner.id);
      return { ...owner, linkedTo: code === undefined ? null : { code, name: names.get(code) ?? null } };
    });
    return toDone({ found, count: told.value.length });
  };
}

function toKind({ payload }: CommandRequest): OwnerKind | null {
  const records = toPayloadText(payload, 'records');
  return records === 'officers' ? 'officer' : records === 'organisations' ? 'organisation' : null;
}
