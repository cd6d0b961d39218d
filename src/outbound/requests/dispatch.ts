import type { Answer, CommandRequest, HandleCommand, RequestResult } from './request.ts';
import { toRefused } from './request.ts';

/** What may be asked of a vendor, by the command's name. */
export type Handlers = Readonly<
  Record<string, { readonly handle: HandleCommand; readonly runsDisabled?: true }>
>;

export type DispatchEffects = {
  readonly vendor: string;
  readonly handlers: Handlers;
  /** Commands that another role answers; here they are only refused while the vendor is not enabled. */
  readonly elsewhere: readonly string[];
  readonly isEnabled: () => Promise<boolean>;
  /** Status of the request's row at present; null when it is gone. */
  readonly readStatus: (id: string) => Promise<string | null>;
  /** Resolves when the brokers have it. */
  readonly publishResult: (result: RequestResult) => Promise<void>;
};

const ended: ReadonlySet<string> = new Set(['done', 'refused', 'failed', 'held', 'skipped']);

/**
 * Runs user commands: one handler a command, one answer a request.
 *
 * Only a request that is `new` starts work, so rows that the reconciler writes back cause nothing. One that is
 * delivered again after its answer stood in the row is not run again: by then a later command may have changed what
 * it did. Without that answer it is run once more, and every handler comes to the same end.
 */
export function createDispatch(effects: DispatchEffects): (request: CommandRequest) => Promise<void> {
  const { handlers, elsewhere, publishResult } = effects;
  return async (request) => {
    const { id, kind, status, vendor } = request;
    if (status !== 'new' || vendor !== effects.vendor) return;
    const known = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
    const isElsewhere = elsewhere.includes(kind);
    if (!isElsewhere && ended.has((await effects.readStatus(id)) ?? '')) return;
    const answer = (given: Answer): Promise<void> => publishResult({ id, ...given });
    if (known === undefined && !isElsewhere) return answer(toRefused('UNKNOWN_COMMAND', { command: kind }));
    if (known?.runsDisabled !== true && !(await effects.isEnabled()))
      return answer(toRefused('DISABLED', { vendor }));
    if (known === undefined) return;
    const begin = (): Promise<void> =>
      publishResult({ id, status: 'working', code: null, params: {}, result: null });
    return answer(await known.handle(request, begin));
  };
}
