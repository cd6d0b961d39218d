import type { Command } from 'commander';
import { Fault, usageFault } from '../../base/fault.ts';
import type { JsonObject } from '../../core/json.ts';
import type { RequestRow } from '../../pics/request.ts';
import { type Io, toJsonText } from '../io.ts';
import {
  type RunRequest,
  toRefusal,
  type WaitOptions,
  withRequests,
  withWaitOptions,
} from '../request-command.ts';
import { toInitialPlanText, toObject, toWarnings } from './show-initial-plan.ts';

type EnableOptions = WaitOptions & {
  readonly confirm?: readonly string[];
  readonly plan?: string;
  readonly yes?: boolean;
};

/** A plan reads every page of OneFile's learners. */
const timeoutS = 900;

export function addEnableCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('enable'), timeoutS)
    .description('let OneFile work; shows what to know first, and what the first synchronisation would do')
    .option('--confirm <warnings...>', 'warnings that were read, such as W-1 W-3')
    .option('--plan <plan>', 'the plan that was shown and is approved')
    .option('--yes', 'confirm every warning that is shown, and the plan beside them')
    .action((options: EnableOptions) => {
      if (options.yes && options.plan !== undefined) throw usageFault('--plan and --yes exclude each other.');
      return withRequests(io, options, ({ run }) => enable(io, options, run));
    });
}

async function enable(io: Io, options: EnableOptions, run: RunRequest): Promise<void> {
  const give = (payload: JsonObject): Promise<RequestRow> =>
    run({
      ...{ kind: 'enable', vendor: 'onefile', runsDisabled: true },
      roles: 'outbound and reconciler',
      payload,
    });
  const { confirm = [], plan } = options;
  let ended = await give({ confirmed: confirm, ...(plan !== undefined && { plan }) });
  if (ended.code === 'WARNINGS_OPEN' && !options.json) tell(io, ended);
  if (ended.code === 'WARNINGS_OPEN' && (await isAgreed(io, options))) {
    const read = toWarnings(ended.result).map(({ id }) => id);
    const { digest } = toObject(ended.result?.['plan']);
    const approved = typeof digest === 'string' ? { plan: digest } : {};
    ended = await give({ confirmed: [...confirm, ...read], ...approved });
    if (ended.status !== 'done' && !options.json) tell(io, ended);
  }
  if (options.json) io.write(toJsonText(ended));
  else if (ended.status === 'done') io.write('OneFile is enabled. A full synchronisation begins at once.\n');
  if (ended.status !== 'done') throw new Fault(`${toRefusal(ended)}${toHint(ended)}`);
}

/** Whether a person takes all that was shown for read; asked only where one sits. */
async function isAgreed(io: Io, { yes, json }: EnableOptions): Promise<boolean> {
  if (yes) return true;
  if (json || io.ask === undefined) return false;
  const said = await io.ask('Have you read this, and is OneFile to be enabled? (yes/no) ');
  return said?.trim().toLowerCase() === 'yes';
}

function tell(io: Io, { result }: RequestRow): void {
  for (const { id, text } of toWarnings(result)) io.tell(`${id}  ${text}\n`);
  const plan = toObject(result?.['plan']);
  if ('digest' in plan) io.tell(toInitialPlanText(plan));
}

/** How to go on with what was shown. */
function toHint({ code, result }: RequestRow): string {
  if (code !== 'WARNINGS_OPEN' && code !== 'PLAN_STALE') return '';
  const ids = toWarnings(result).map(({ id }) => id);
  const { digest } = toObject(result?.['plan']);
  const confirm = ids.length === 0 ? '' : ` --confirm ${ids.join(' ')}`;
  return ` Then give it again with${confirm}${typeof digest === 'string' ? ` --plan ${digest}` : ''}.`;
}
