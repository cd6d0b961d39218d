import type { PassSummary, PollCommand, PollEffects } from '../../inbound/poll-effects.ts';
import { createConsume } from '../../kafka/consume.ts';
import type { RequestStatus } from '../../outbound/requests/request.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { createDecodeChange } from './decode-change.ts';
import type { EngineParts } from './open-engine.ts';
import { publishRequestResult } from './publish-request-result.ts';
import type { RoleContext } from './role.ts';
import { toRequest } from './to-request.ts';

type PassCommands = {
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly take: PollEffects['takeCommand'];
  readonly answer: PollEffects['answerCommand'];
};

type Waiting = { readonly command: PollCommand; readonly done: () => void };

/**
 * Requests for a full pass, taken by whoever polls.
 *
 * A request stays uncommitted until its pass has ended, so that another process takes it up when this one is killed.
 */
export function createPassCommands(
  { config, log }: RoleContext,
  { messaging, pics }: EngineParts,
): PassCommands {
  const waiting: Waiting[] = [];
  const working = new Map<string, () => void>();
  const decode = createDecodeChange({
    names: messaging.names,
    decoder: messaging.decoder,
    mapping: pics.mapping,
    originPrefix: config.pics.replicationOriginPrefix,
  });
  const consume = createConsume({
    consumer: messaging.broker.createConsumer({
      group: messaging.group(`${vendor.name}.pass`),
      topics: [messaging.names.request],
    }),
    handle: async (record) => {
      const decoded = await decode(record);
      const request = decoded.kind === 'change' ? toRequest(decoded.change) : null;
      if (request?.kind !== 'synchronise' || request.vendor !== vendor.name || request.status !== 'new')
        return;
      const command: PollCommand = { id: request.id, kind: 'synchronise' };
      await new Promise<void>((done) => waiting.push({ command, done }));
    },
    drainMs: 1_000,
    log,
  });
  const tell = (id: string, status: RequestStatus, result: Record<string, unknown> | null): Promise<void> =>
    publishRequestResult(messaging, { id, status, code: null, params: {}, result });
  return {
    run: consume.run,
    take: async () => {
      const next = waiting.shift();
      if (next === undefined) return null;
      working.set(next.command.id, next.done);
      await tell(next.command.id, 'working', null);
      return next.command;
    },
    answer: async ({ id }, end) => {
      if (end === 'fenced' || end === 'stopped') return;
      await tell(id, 'done', toResult(end));
      working.get(id)?.();
      working.delete(id);
    },
  };
}

function toResult(summary: PassSummary): Record<string, unknown> {
  const { learnerCount, recordCount, publishedCount, deletedCount, gapCount } = summary;
  return {
    learners: learnerCount,
    records: recordCount,
    published: publishedCount,
    deleted: deletedCount,
    gaps: gapCount,
  };
}
