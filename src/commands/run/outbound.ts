import { Fault } from '../../base/fault.ts';
import type { Role } from './role.ts';

export const runOutbound: Role = async () => {
  throw new Fault('The outbound role is not part of this version yet.');
};
