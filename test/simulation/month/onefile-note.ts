import type { JsonObject } from '../../../src/domain/json.ts';
import type { Call } from '../../../src/domain/step.ts';
import type { RecentRecords } from '../../../src/vendors/onefile/client/making.ts';
import type { OneFileParts } from './onefile-client.ts';
import type { ReadParts } from './onefile-reads.ts';

/** An aim as OneFile makes it when a standard is assigned. */
export const blankAim = {
  ...{ status: 0, progress: 0, achievedOn: null, startOn: null, plannedEndOn: null },
  ...{
    registrationNumber: null,
    registeredOn: null,
    certificateAppliedOn: null,
    certificateReceivedOn: null,
  },
  ...{ elementsTotal: null, elementsDone: null },
};

export type WriteParts = OneFileParts & ReadParts & { readonly recent: RecentRecords };

/** A registration number that OneFile never takes, and the minute of a review that it never takes. */
export const refusedNumber = 'REFUSED';
export const refusedMinute = 13;

/** Keeps what OneFile lived through. */
export function note(
  { name, request, subject }: Call,
  parts: WriteParts,
  vendorId: string,
  before: JsonObject,
): void {
  const { state, clock, sentAtMs } = parts;
  const ident = String(request['ident'] ?? '');
  state.written.push({ name, ident, subject, vendorId, request, before, sentAtMs, atMs: clock.nowMs() });
}
