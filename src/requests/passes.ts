import type { JsonObject } from '../domain/json.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import { toDone, toRefused } from './request.ts';

/** A request as its row says. */
export type OpenRequest = {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly requestedAtMs: number;
  readonly startedAtMs: number | null;
};

export type PassRequestEffects = {
  readonly vendor: string;
  readonly isEnabled: () => Promise<boolean>;
  /** Requests that were given and have not ended, oldest first. */
  readonly readOpen: () => Promise<readonly OpenRequest[]>;
  /** Status of the row of a request that has ended; null when it is gone. */
  readonly readStatus: (id: string) => Promise<string | null>;
  /** Begin of the synchronisation in work; null = none is. */
  readonly readOpenRun: () => Promise<number | null>;
  /** Refuses a plan that is no longer that of both sides; null = it is, and counts as approved from then on. */
  readonly checkPlan: (request: CommandRequest) => Promise<Answer | null>;
  /** Wants a synchronisation of everybody as soon as somebody can run it. */
  readonly requestSync: () => Promise<void>;
  readonly toTimeText: (atMs: number) => string;
  /** Resolves when the brokers have it. */
  readonly tell: (id: string, answer: Answer | Working) => Promise<void>;
};

export type Working = Omit<Answer, 'status'> & { readonly status: 'working' };

export type PassRequests = {
  /** Checks a request as it comes; one that may run says `working` in its row from then on. */
  readonly accept: (request: CommandRequest) => Promise<void>;
  /** The next daily run that was asked for, for whoever polls. */
  readonly take: () => Promise<{ readonly id: string } | null>;
  /** Shows in the row of the run in work how far it is. */
  readonly progress: (result: JsonObject) => void;
  /** The run that was taken has ended; null = it goes on later, here or elsewhere. */
  readonly conclude: (id: string, result: JsonObject | null) => Promise<void>;
  /** A synchronisation of everybody has ended. */
  readonly concludeInitial: (result: JsonObject) => Promise<void>;
};

const kinds: readonly string[] = ['synchronise', 'initial-sync'];

/**
 * Requests for a synchronisation.
 *
 * Any process checks them. The row itself is what waits: whoever polls takes it from there, and after a kill whoever
 * polls then.
 */
export function createPassRequests(effects: PassRequestEffects): PassRequests {
  const { tell } = effects;
  const answered = new Set<string>();
  let inWork: string | null = null;
  const readAccepted = async (kind: string): Promise<OpenRequest[]> => {
    const open = await effects.readOpen();
    return open.filter((row) => row.kind === kind && row.status === 'working' && !answered.has(row.id));
  };
  const end = async (id: string, result: JsonObject): Promise<void> => {
    // Its row says so only when the reconciler has written it: until then it must not be taken again.
    answered.add(id);
    await tell(id, toDone(result));
  };
  return {
    accept: async (request) => {
      const { id, kind, vendor, status } = request;
      if (!kinds.includes(kind) || vendor !== effects.vendor || status !== 'new') return;
      const refusal = await check(effects, request);
      if (refusal === 'over') return;
      if (refusal === null && kind === 'initial-sync') await effects.requestSync();
      await tell(id, refusal ?? toWorking(null));
    },
    take: async () => {
      const [next] = await readAccepted('synchronise');
      inWork = next?.id ?? null;
      return next === undefined ? null : { id: next.id };
    },
    progress: (result) => {
      if (inWork !== null) tell(inWork, toWorking(result)).catch(() => {});
    },
    conclude: async (id, result) => {
      inWork = null;
      if (result !== null) await end(id, result);
    },
    concludeInitial: async (result) => {
      for (const { id } of await readAccepted('initial-sync')) await end(id, result);
    },
  };
}

/** Null: it may run. `over`: what became of it stands in its row, and it was only delivered once more. */
async function check(effects: PassRequestEffects, request: CommandRequest): Promise<Answer | 'over' | null> {
  const { vendor } = effects;
  const open = await effects.readOpen();
  const own = open.find(({ id }) => id === request.id)?.status ?? (await effects.readStatus(request.id));
  if (own !== null && own !== 'new') return 'over';
  if (!(await effects.isEnabled())) return toRefused('DISABLED', { vendor });
  const runSinceMs = await effects.readOpenRun();
  const other = open.find(
    ({ id, kind, status }) => id !== request.id && status === 'working' && kinds.includes(kind),
  );
  const sinceMs = runSinceMs ?? other?.startedAtMs ?? other?.requestedAtMs ?? null;
  if (sinceMs !== null) return toRefused('RUNNING', { vendor, time: effects.toTimeText(sinceMs) });
  return request.kind === 'initial-sync' ? effects.checkPlan(request) : null;
}

function toWorking(result: JsonObject | null): Working {
  return { status: 'working', code: null, params: {}, result };
}
