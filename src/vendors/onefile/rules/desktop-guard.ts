import type { Change } from '../../../core/change.ts';
import { toText } from './compare.ts';

/** A setting of the desktop product, as it stands in PICS. Read to warn, never to change the exchange (OF-6). */
export type DesktopSetting = { readonly name: string; readonly value: string | null };

/** Names of settings that show a OneFile interface of the desktop product at work (OF-7). Never a password. */
export const desktopSettingNames = ['OF_DESKTOP_USER', 'OF_DESKTOP_SCHED'] as const;

const offWords: ReadonlySet<string> = new Set(['n', 'no', 'off', 'false', '0']);

/** OF-7: settings that speak for it: a user is named, or a scheduler is not switched off. */
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
  /** `onefile.desktopSyncOff`: an administrator says that it is off. */
  readonly isConfirmedOff: boolean;
  readonly evidence: readonly string[];
};

/** OF-7: what a person says counts only as long as nothing speaks against it. */
export function isDesktopOpen({ isConfirmedOff, evidence }: DesktopState): boolean {
  return !isConfirmedOff || evidence.length > 0;
}

/**
 * a review that gets its OneFile id from somebody else than the sync: only a synchronisation has such ids.
 *
 * Counters of elements are no evidence, since people type them. Where PICS refuses the sync its mark, own writes look
 * foreign too.
 */
export function isForeignWrite({ entity, op, before, after, origin }: Change): boolean {
  if (entity !== 'review' || origin?.startsWith('picsync:')) return false;
  if (op !== 'create' && op !== 'update') return false;
  return toText(after?.['oneFileId']) !== null && toText(before?.['oneFileId']) === null;
}
