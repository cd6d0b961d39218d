import { Fault } from '../../base/fault.ts';
import type { Role } from './role.ts';

export const runPoller: Role = async () => {
  throw new Fault('The poller role is not part of this version yet.');
};
