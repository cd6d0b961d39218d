import type { Change } from '../../../domain/change.ts';
import type { VendorName } from '../../../domain/vendor-name.ts';
import type { DetailsOwner, OtherPull } from '../../../domain/vendor-state.ts';
import { toText } from '../../common/values.ts';
import {
  columnWarning,
  openWarnings,
  pullText,
  type Unlinked,
  unlinkedWarning,
  type Warning,
} from '../../common/warnings.ts';

/**
 * Settings that decide what may be overwritten and how records are found. W-6 warns when one is switched on.
 */
export type OneFileModes = {
  readonly matchBy: 'id' | 'misValue';
  readonly learnerDetails: 'ignore' | 'push' | 'pull';
  readonly officerDetails: 'ignore' | 'push' | 'pull';
  readonly organisationDetails: 'ignore' | 'push' | 'pull';
};

/** The settings and confirmations of the last enabling of OneFile. */
export type EnabledWith = {
  readonly environment: string;
  readonly centreId: string;
  readonly externalIdVendor: VendorName | null;
  readonly modes: OneFileModes;
  /** Confirmed texts by warning number. */
  readonly warnings: Readonly<Record<string, string>>;
};

export type WarningFacts = {
  readonly environment: string;
  readonly centreId: string;
  readonly picsRole: 'live' | 'test';
  readonly externalIdVendor: VendorName | null;
  readonly modes: OneFileModes;
  readonly desktop: DesktopState;
  /** Officers and organisations in use without a link; null = OneFile was enabled before. */
  readonly unlinked: Unlinked | null;
  readonly last: EnabledWith | null;
  readonly otherPulls: readonly OtherPull[];
};

/** Whose details are written into PICS. */
export function toPulledDetails({
  learnerDetails,
  officerDetails,
  organisationDetails,
}: Omit<OneFileModes, 'matchBy'>): DetailsOwner[] {
  return [
    ...(learnerDetails === 'pull' ? (['learner'] as const) : []),
    ...(officerDetails === 'pull' ? (['officer'] as const) : []),
    ...(organisationDetails === 'pull' ? (['organisation'] as const) : []),
  ];
}

const desktopWarning =
  'Switch off OneFile synchronisation in desktop PICS: disable the scheduler jobs and remove the OneFile user name and password there. Two integrations at once overwrite each other.';

/** The warnings that apply, in order of their numbers. */
export function findWarnings(facts: WarningFacts): readonly Warning[] {
  const { environment, picsRole, unlinked, desktop, last, externalIdVendor } = facts;
  const found: Warning[] = [
    {
      id: 'W-1',
      text: 'This integration works with one OneFile centre. Do not use it when your learners are spread over several centres.',
    },
  ];
  const add = (id: string, text: string): void => void found.push({ id, text });
  if (isDesktopOpen(desktop)) {
    const seen = desktop.evidence.length === 0 ? '' : ` Seen in PICS: ${desktop.evidence.join(', ')}.`;
    add('W-2', `${desktopWarning}${seen}`);
  }
  if (unlinked !== null && unlinked.officers + unlinked.organisations > 0)
    found.push(unlinkedWarning(unlinked, 'onefile'));
  // OF-1: a live PICS uses Live, a test PICS any other.
  if ((picsRole === 'live') !== (environment === 'live'))
    add('W-4', `This PICS is marked ${picsRole} but the OneFile environment is ${environment}.`);
  if (last !== null && externalIdVendor !== null && last.externalIdVendor !== externalIdVendor)
    found.push(columnWarning(externalIdVendor));
  const switchedOn = modeText(facts);
  if (switchedOn !== null) add('W-6', switchedOn);
  return found;
}

/** W-6: names the modes that are on now and were off at the last enabling. */
function modeText({ modes, last: before, otherPulls }: WarningFacts): string | null {
  const last = before?.modes;
  const details = ['learnerDetails', 'officerDetails', 'organisationDetails'] as const;
  const isPulling = details.some((name) => modes[name] === 'pull' && last?.[name] !== 'pull');
  const isMatching = modes.matchBy === 'misValue' && last?.matchBy !== 'misValue';
  const texts = [
    ...(isPulling ? [pullText('onefile', toPulledDetails(modes), otherPulls)] : []),
    ...(isMatching ? ['Wrong or missing MIS values create duplicates.'] : []),
  ];
  return texts.length === 0 ? null : texts.join(' ');
}

/**
 * The warnings that are not confirmed yet. A warning counts as confirmed when its number is in `confirmed`,
 * or when the same text was confirmed at an earlier enabling for the same centre of the same environment.
 */
export function findOpenWarnings(
  warnings: readonly Warning[],
  confirmed: readonly string[],
  { environment, centreId, last }: Pick<WarningFacts, 'environment' | 'centreId' | 'last'>,
): readonly Warning[] {
  const isSamePlace = last !== null && last.environment === environment && last.centreId === centreId;
  return openWarnings(warnings, confirmed, isSamePlace ? last.warnings : null);
}

/**
 * A setting of the desktop product as PICS stores it. It is read for warnings and never changes the exchange
 * (OF-6).
 */
type DesktopSetting = { readonly name: string; readonly value: string | null };

/**
 * Names of settings that show that the OneFile interface of the desktop product is in use (OF-7). None is a
 * password.
 */
export const desktopSettingNames = ['OF_DESKTOP_USER', 'OF_DESKTOP_SCHED'] as const;

const offWords: ReadonlySet<string> = new Set(['n', 'no', 'off', 'false', '0']);

/**
 * OF-7: names of the settings that suggest an active desktop synchronisation: a user name is set, or the
 * scheduler is not switched off.
 */
export function findDesktopEvidence(settings: readonly DesktopSetting[]): readonly string[] {
  return settings
    .filter(({ name, value }) => {
      const text = toText(value)?.toLowerCase() ?? null;
      if (text === null) return false;
      return name === 'OF_DESKTOP_USER' || (name === 'OF_DESKTOP_SCHED' && !offWords.has(text));
    })
    .map(({ name }) => name)
    .sort();
}

export type DesktopState = {
  /** `onefile.desktopSyncOff`: an administrator states that the desktop synchronisation is off. */
  readonly isConfirmedOff: boolean;
  readonly evidence: readonly string[];
};

/** OF-7: the administrator's statement counts only while there is no evidence against it. */
export function isDesktopOpen({ isConfirmedOff, evidence }: DesktopState): boolean {
  return !isConfirmedOff || evidence.length > 0;
}

/**
 * whether a write gave a review a OneFile id and was not made by this sync. Only a synchronisation
 * knows such ids.
 *
 * Element counters are no evidence, because people type them. Where PICS does not let the sync mark its
 * writes, the sync's own writes look foreign too.
 */
export function isForeignWrite({ entity, op, before, after, origin }: Change): boolean {
  if (entity !== 'review' || origin?.startsWith('picsync:')) return false;
  if (op !== 'create' && op !== 'update') return false;
  return toText(after?.['oneFileId']) !== null && toText(before?.['oneFileId']) === null;
}
