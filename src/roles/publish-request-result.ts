import { messageOf } from '../domain/messages.ts';
import type { RequestResult } from '../domain/request.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { Messaging } from './open-messaging.ts';

/** Tells the reconciler, which writes it into the request's row. */
export async function publishRequestResult(
  { encoders, publish }: Pick<Messaging, 'encoders' | 'publish'>,
  { id, status, code, params, result }: RequestResult,
): Promise<void> {
  const nowMs = Date.now();
  const message = code === null ? null : messageOf(code, { vendor: vendor.name, ...params });
  const isOver = status !== 'working';
  await publish([
    encoders.requestResult({
      id,
      status,
      code,
      message,
      result: result === null ? null : JSON.stringify(result),
      attempts: 1,
      startedAtMs: isOver ? null : nowMs,
      finishedAtMs: isOver ? nowMs : null,
    }),
  ]);
}
