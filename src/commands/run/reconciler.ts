import { Fault } from '../../base/fault.ts';
import type { Role } from './role.ts';

export const runReconciler: Role = async () => {
  throw new Fault('The reconciler role is not part of this version yet.');
};
