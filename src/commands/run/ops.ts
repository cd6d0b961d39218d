import { pollFor } from '../../base/sleep.ts';
import type { Role } from './role.ts';

export const runOps: Role = async (_context, signal) => {
  await pollFor(async () => null, { everyMs: 1_000, timeoutMs: Number.MAX_SAFE_INTEGER, signal });
};
