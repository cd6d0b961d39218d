import type { VendorSections } from '../config/config.ts';
import type { VendorState } from '../domain/vendor-state.ts';
import { type DesktopState, isDesktopOpen } from '../vendors/onefile/rules/warnings.ts';
import { readEnabledWith } from './enabled-with.ts';

/**
 * Why OneFile rests. `configuration`: off or faulty there. `disabled`: nobody enabled it, or somebody disabled it.
 * `moved`: environment or centre are others than those it was enabled for, so nobody has read what that means (OF-1).
 * `desktop`: the guard blocks (OF-7).
 */
export type Rest = 'configuration' | 'disabled' | 'moved' | 'desktop';

/** Null: OneFile is at work. The desktop is looked at only where it can block. */
export async function findRest(
  configured: VendorSections['onefile'],
  state: Pick<VendorState, 'isEnabled' | 'confirmed'>,
  readDesktop: () => Promise<DesktopState>,
): Promise<Rest | null> {
  if (configured.kind !== 'enabled') return 'configuration';
  if (!state.isEnabled) return 'disabled';
  const { environment, centreId, desktopGuard } = configured.settings;
  const last = readEnabledWith(state);
  const isMoved =
    last !== null && (last.environment !== environment || last.centreId !== (centreId ?? last.centreId));
  if (isMoved) return 'moved';
  return desktopGuard === 'block' && isDesktopOpen(await readDesktop()) ? 'desktop' : null;
}
