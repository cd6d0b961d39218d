import type { VendorName } from '../../../domain/vendor-name.ts';
import type { DetailsOwner, OtherPull } from '../../../domain/vendor-state.ts';
import {
  columnWarning,
  openWarnings,
  pullText,
  type Unlinked,
  unlinkedWarning,
  type Warning,
} from '../../common/warnings.ts';

/** Settings that decide what may be overwritten. W-6 warns when one is switched on. */
type SmartAssessorModes = {
  readonly learnerDetails: 'none' | 'push' | 'pull';
  readonly officerDetails: 'none' | 'push' | 'pull';
};

/** For what Smart Assessor was enabled: another one is another place, and nothing is confirmed for it. */
export type EnabledFor = {
  readonly origin: string;
  readonly contract: string;
  /** Of the user name, which names the customer. */
  readonly userDigest: string;
  /** Under which name its ids are kept. */
  readonly site: string;
};

/** The settings and confirmations of the last enabling. */
export type EnabledWith = EnabledFor & {
  readonly externalIdVendor: VendorName | null;
  readonly modes: SmartAssessorModes;
  /** Confirmed texts by warning number. */
  readonly warnings: Readonly<Record<string, string>>;
};

export type WarningFacts = Omit<EnabledWith, 'warnings'> & {
  /** Null = Smart Assessor was enabled for this place before. */
  readonly unlinked: Unlinked | null;
  readonly last: EnabledWith | null;
  readonly otherPulls: readonly OtherPull[];
};

/** Whose details are written into PICS. */
export function toPulledDetails({ learnerDetails, officerDetails }: SmartAssessorModes): DetailsOwner[] {
  return [
    ...(learnerDetails === 'pull' ? (['learner'] as const) : []),
    ...(officerDetails === 'pull' ? (['officer'] as const) : []),
  ];
}

/** The warnings that apply, in order of their numbers. */
export function findWarnings(facts: WarningFacts): readonly Warning[] {
  const { unlinked, last, externalIdVendor, modes, otherPulls } = facts;
  const isMoved = last !== null && externalIdVendor !== null && last.externalIdVendor !== externalIdVendor;
  const pulls = (['learnerDetails', 'officerDetails'] as const).some(
    (name) => modes[name] === 'pull' && last?.modes[name] !== 'pull',
  );
  return [
    ...(unlinked !== null && unlinked.officers + unlinked.organisations > 0
      ? [unlinkedWarning(unlinked, 'smartassessor')]
      : []),
    ...(isMoved ? [columnWarning(externalIdVendor)] : []),
    ...(pulls ? [{ id: 'W-6', text: pullText('smartassessor', toPulledDetails(modes), otherPulls) }] : []),
  ];
}

export function isSamePlace(one: EnabledFor, other: EnabledFor): boolean {
  return (
    one.origin === other.origin &&
    one.contract === other.contract &&
    one.userDigest === other.userDigest &&
    one.site === other.site
  );
}

/** The warnings that are not confirmed yet, for this place. */
export function findOpenWarnings(
  warnings: readonly Warning[],
  confirmed: readonly string[],
  facts: WarningFacts,
): readonly Warning[] {
  const { last } = facts;
  return openWarnings(warnings, confirmed, last !== null && isSamePlace(last, facts) ? last.warnings : null);
}
