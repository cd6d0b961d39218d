import type { Change } from '../domain/change.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { isForeignWrite } from '../vendors/onefile/rules/warnings.ts';
import type { RoleContext } from './role.ts';

/** counts what only another synchronisation can have written, and tells the first (W-2). */
export function createForeignWriteWatch({ metrics, log }: RoleContext): (change: Change) => void {
  const writes = metrics.counter({
    name: 'foreign_writes_total',
    help: 'OneFile ids of reviews that somebody else wrote: is desktop synchronisation still on? Own writes count where PICS refuses the mark.',
    labels: ['vendor'],
  });
  let isTold = false;
  return (change) => {
    if (!isForeignWrite(change)) return;
    writes.add({ vendor: vendor.name });
    if (isTold) return;
    isTold = true;
    log.warn('somebody else writes OneFile ids into PICS', { code: 'W-2' });
  };
}
