import type { ConsumedRecord } from '../../contract/consumed-record.ts';
import type { Change } from '../../core/change.ts';
import { toMessage } from '../../core/message.ts';
import { type Consume, createConsume } from '../../kafka/consume.ts';
import type { Engine } from '../../outbound/engine.ts';
import {
  type CommandRequest,
  createHandleRequest,
  type RequestResult,
} from '../../outbound/handle-request.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { createBuryRecord } from './bury-record.ts';
import { createDecodeChange } from './decode-change.ts';
import type { EngineParts } from './open-engine.ts';
import type { Messaging } from './open-messaging.ts';
import type { RoleContext } from './role.ts';

/** User commands have a group of their own, so that a person never waits behind bulk changes. */
export function createConsumeRequests(context: RoleContext, parts: EngineParts, engine: Engine): Consume {
  const { config, log } = context;
  const { messaging, pics } = parts;
  const group = messaging.group(`${vendor.name}.command`);
  const handle = createHandleRequest({
    vendor: vendor.name,
    readLearner: pics.readLearner,
    submit: engine.submit,
    publishResult: (result) => publishRequestResult(messaging, result),
  });
  const decode = createDecodeChange({
    names: messaging.names,
    decoder: messaging.decoder,
    mapping: pics.mapping,
    originPrefix: config.pics.replicationOriginPrefix,
  });
  const bury = createBuryRecord(context, messaging, group);
  return createConsume({
    consumer: messaging.broker.createConsumer({ group, topics: [messaging.names.request] }),
    handle: async (record: ConsumedRecord) => {
      const decoded = await decode(record);
      if (decoded.kind === 'malformed') return bury(record, decoded.reason);
      const request = decoded.kind === 'change' ? toRequest(decoded.change) : null;
      if (request !== null) await handle(request);
    },
    log,
  });
}

/** Only an inserted row starts work; what is written back into it does not. */
export function toRequest({ op, after, txId }: Change): CommandRequest | null {
  if ((op !== 'create' && op !== 'snapshot') || after === null) return null;
  const text = (field: string): string | null => {
    const value = after[field];
    return typeof value === 'string' ? value : null;
  };
  const id = text('id');
  if (id === null) return null;
  const about = { vendor: text('vendor') ?? '', ident: text('ident'), status: text('status') };
  return { id, kind: text('kind') ?? '', ...about, txId };
}

/** Tells the reconciler, which writes it into the request's row. */
export async function publishRequestResult(
  { encoders, publish }: Messaging,
  { id, status, code, params, result }: RequestResult,
): Promise<void> {
  const nowMs = Date.now();
  const message = code === null ? null : toMessage(code, { vendor: vendor.name, ...params });
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
