import { z } from 'zod';
import { logLevels } from '../base/log.ts';
import { onOff } from '../base/setting.ts';
import { durationMs, hostName, wholeNumber } from './address.ts';

/** Where a role answers `/metrics`, `/healthz` and `/readyz`. 0 = nowhere. */
const rolePort = z
  .union([z.number().int().min(0).max(65_535), z.enum(['any', 'off'])], {
    error: 'must be a port, any (a free one, named in the log) or off',
  })
  .transform((value) => (value === 'off' ? 0 : value))
  .meta({ shownAs: 'port, any, off' });

const portText = (role: string) => `Port of the ${role} role for metrics and health.`;

export const httpSection = z.strictObject({
  host: hostName.default('127.0.0.1').describe('Address on which every role answers.'),
  outbound: rolePort.prefault(9101).describe(portText('outbound')),
  poller: rolePort.prefault(9102).describe(portText('poller')),
  reconciler: rolePort.prefault(9103).describe(portText('reconciler')),
  ops: rolePort.prefault(9100).describe(portText('ops')),
});

export const logSection = z.strictObject({
  level: z.enum(logLevels).default('info').describe('The least important lines that are written.'),
});

export const outboundSection = z.strictObject({
  concurrency: wholeNumber.max(1_000).default(64).describe('Learners worked on at once by one process.'),
  maxInWork: wholeNumber
    .max(100_000)
    .default(2_000)
    .describe('Changes a process holds before it stops taking more.'),
  maxInWorkBytes: wholeNumber.default(33_554_432).describe('The same bound in bytes.'),
  commitIntervalMs: durationMs.default(1_000).describe('How often finished positions are committed.'),
});

export const lagSection = z.strictObject({
  sampleIntervalMs: durationMs.default(5_000).describe('How often the ops role measures lag.'),
  slowAfterMs: durationMs
    .default(60_000)
    .describe('Age of the oldest waiting change from which a queue is slow.'),
  stalledAfterMs: durationMs.default(20_000).describe('How long a queue may stand still with work in it.'),
  captureLateAfterMs: durationMs
    .default(60_000)
    .describe('Age of the last heartbeat from which capture counts as late.'),
  slotBytesWarning: wholeNumber
    .default(1_073_741_824)
    .describe('WAL kept for the slot from which capture counts as late.'),
});

export const nearRealTime = onOff
  .prefault('on')
  .describe('Off: work is done by the daily run and by refresh only (D-4).');
export const externalIdVendor = z
  .enum(['onefile', 'smartassessor'])
  .optional()
  .describe(
    'Whose ids the one external-id column of officers and organisations holds; needed with two vendors (D-2, A-12).',
  );
export const deletedReviews = z
  .enum(['recreate', 'remember'])
  .default('recreate')
  .describe('What happens when a review that came from a vendor is deleted in PICS (OF-53, A-4).');
