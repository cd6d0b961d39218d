import type { Log } from '../base/log.ts';
import type { Clock, Pics, Topics } from '../domain/ports.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { enrol, preview } from './enrol.ts';
import { retry } from './held.ts';
import { linkOfficer, linkOrganisation, lookUp, setLearnerId } from './link.ts';
import { passCommands } from './passes.ts';
import { forgetField, refresh, refreshQualificationLinks } from './refresh.ts';
import {
  answerUnexpected,
  type Command,
  failed,
  type Handler,
  publishResult,
  refused,
  txIdsOf,
  type Workplace,
} from './request.ts';
import { planRun } from './runs.ts';

/** The commands that need an enabled vendor, by name. */
export const workCommands: Readonly<Record<string, Command>> = {
  preview,
  enrol,
  refresh,
  'look-up': lookUp,
  'link-officer': linkOfficer,
  'link-organisation': linkOrganisation,
  'set-learner-id': setLearnerId,
  retry,
  'refresh-qualification-links': refreshQualificationLinks,
  'forget-field': forgetField,
  'run-plan': planRun,
};

/** Answered by the process that polls; here they are only refused while the vendor is not enabled. */
const elsewhere: readonly string[] = passCommands;

type DispatchPorts = {
  readonly vendor: Pick<Vendor, 'name'>;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly isEnabled: () => Promise<boolean>;
  readonly pics: Pick<Pics, 'readRequest'>;
  readonly topics: Pick<Topics, 'publishResult'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends with the consumption of commands. */
  readonly signal: AbortSignal;
};

const ended: ReadonlySet<string> = new Set(['done', 'refused', 'failed', 'held', 'skipped']);

/**
 * Runs user commands: one handler a command, one answer a request.
 *
 * Only a request that is `new` starts work, so rows that the reconciler writes back cause nothing. One that is
 * delivered again after its answer stood in the row is not run again: by then a later command may have changed what
 * it did. Without that answer it is run once more, and every handler comes to the same end. One whose row is gone is
 * never run: what is delivered again after rows were erased, or PICS was restored, was not asked for by the PICS of
 * today.
 */
export function createDispatch(ports: DispatchPorts): (request: CommandRequest) => Promise<void> {
  const { handlers, pics, vendor, log } = ports;
  return async (request) => {
    const { id, kind, status } = request;
    if (status !== 'new' || request.vendor !== vendor.name) return;
    const known = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
    const isElsewhere = elsewhere.includes(kind);
    if (!isElsewhere) {
      const row = await pics.readRequest(id, txIdsOf(request));
      if (row === null)
        log.warn('a command whose row PICS does not have is not run', { code: kind, requestId: id });
      if (row === null || ended.has(row.status)) return;
    }
    const answer = (given: Answer): Promise<void> => publishResult(ports, vendor.name, { id, ...given });
    if (known === undefined && !isElsewhere) return answer(refused('UNKNOWN_COMMAND', { command: kind }));
    // G-8, SA-22
    if (known?.runsDisabled !== true && !(await ports.isEnabled()))
      return answer(refused('DISABLED', { vendor: vendor.name }));
    if (known === undefined) return;
    const begin = (): Promise<void> =>
      publishResult(ports, vendor.name, { id, status: 'working', code: null, params: {}, result: null });
    await answerUnexpected(ports, request, async () => answer(await known.handle(request, begin)));
  };
}

/**
 * A handler for a command that needs what is there only while the vendor is enabled.
 *
 * What it works with may go away under it. When the vendor is still enabled then, the command begins again with what
 * comes next; when it is not, the command ends: what was accepted goes on once the vendor is enabled again (G-8).
 */
export function handlerAtWork(command: Command, ready: () => Promise<Workplace | null>): Handler {
  return {
    handle: async (request, begin) => {
      let hasBegun = false;
      const beginOnce = async (): Promise<void> => {
        if (!hasBegun) await begin();
        hasBegun = true;
      };
      for (;;) {
        const workplace = await ready();
        const { vendor } = request;
        if (workplace === null) return (hasBegun ? failed : refused)('DISABLED', { vendor });
        try {
          return await command(request, beginOnce, workplace);
        } catch (error) {
          if (!workplace.signal.aborted) throw error;
        }
      }
    },
  };
}
