import { type VendorName, vendorTitles } from '../../domain/vendor-name.ts';
import type { DetailsOwner, OtherPull, VendorState } from '../../domain/vendor-state.ts';

/** A warning that an administrator must confirm before a vendor is enabled. The confirmation applies to this exact text. */
export type Warning = { readonly id: string; readonly text: string };

/** Officers and organisations in use that have no link. */
export type Unlinked = { readonly officers: number; readonly organisations: number };

/** W-3. */
export function unlinkedWarning({ officers, organisations }: Unlinked, vendor: VendorName): Warning {
  const people = `${officers} ${officers === 1 ? 'officer' : 'officers'}`;
  const places = `${organisations} ${organisations === 1 ? 'organisation' : 'organisations'}`;
  const text = `${people} and ${places} in use are not linked. Link those that already exist at ${vendorTitles[vendor]} before the first synchronisation, or duplicates will be created.`;
  return { id: 'W-3', text };
}

/** W-5: the one id column of officers and organisations belongs to another vendor than before. */
export function columnWarning(owner: VendorName): Warning {
  const text = `The id fields of officers and organisations now belong to ${vendorTitles[owner]}. Values already there are checked before they are used.`;
  return { id: 'W-5', text };
}

/**
 * W-6. Where another vendor writes the same details into PICS, a record that both have gets the one's and the other's in
 * turn; which of them is the source is for a person to decide. `details`: whose the vendor itself writes.
 */
export function pullText(
  vendor: VendorName,
  details: readonly DetailsOwner[],
  otherPulls: readonly OtherPull[],
): string {
  const shared = otherPulls.flatMap(({ vendor: other, details: theirs }) => {
    const both = details.filter((owner) => theirs.includes(owner)).map((owner) => `${owner}s`);
    return both.length === 0
      ? []
      : [
          ` ${vendorTitles[other]} overwrites details of ${both.join(' and ')} as well: let one vendor alone do so, or PICS has those of each in turn.`,
        ];
  });
  return `PICS values will be overwritten from ${vendorTitles[vendor]}.${shared.join('')}`;
}

/**
 * The warnings that are not confirmed yet. A warning counts as confirmed when its number is in `confirmed`, or when the
 * same text was confirmed at an earlier enabling for the same place. `last`: those texts by number; null = none count.
 */
export function openWarnings(
  warnings: readonly Warning[],
  confirmed: readonly string[],
  last: Readonly<Record<string, string>> | null,
): readonly Warning[] {
  return warnings.filter(({ id, text }) => !confirmed.includes(id) && last?.[id] !== text);
}

/** The approved plan of an initial synchronisation that has not completed yet. */
export function readApprovedPlan({ confirmed }: Pick<VendorState, 'confirmed'>): string | null {
  const plan = confirmed['plan'];
  return typeof plan === 'string' ? plan : null;
}
