import type { Command } from 'commander';
import { Fault, usageFault } from '../../base/fault.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { toLondonText } from '../../domain/london.ts';
import type { RequestRow } from '../../domain/request.ts';
import type { FieldState } from '../../domain/step.ts';
import { restText } from '../../domain/vendor-state.ts';
import type { Vendor, VendorStatus } from '../../vendors/vendor.ts';
import { withVendorContext } from '../connections.ts';
import { type Column, type Io, toCountOf, toJsonText, toTable } from '../io.ts';
import { loadConfig } from '../options.ts';
import {
  type Given,
  giveAndReport,
  type RunRequest,
  report,
  toLines,
  toRefusal,
  type WaitOptions,
  withRequests,
  withWaitOptions,
} from '../request.ts';

type EnableOptions = WaitOptions & {
  readonly confirm?: readonly string[];
  readonly plan?: string;
  readonly yes?: boolean;
};

/** A plan reads every page of the vendor's learners. */
const timeoutS = 900;

export function addEnableCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('enable'), timeoutS)
    .description(
      `let ${vendor.title} work; shows what to know first, and what the first synchronisation would do`,
    )
    .option('--confirm <warnings...>', 'warnings that were read, such as W-1 W-3')
    .option('--plan <plan>', 'the plan that was shown and is approved')
    .option('--yes', 'confirm every warning that is shown, and the plan beside them')
    .action((options: EnableOptions) => {
      if (options.yes && options.plan !== undefined) throw usageFault('--plan and --yes exclude each other.');
      return withRequests(io, options, ({ run }) => enable(io, vendor, options, run));
    });
}

async function enable(io: Io, vendor: Vendor, options: EnableOptions, run: RunRequest): Promise<void> {
  const give = (payload: JsonObject): Promise<RequestRow> =>
    run({
      kind: 'enable',
      vendor: vendor.name,
      runsDisabled: true,
      roles: 'outbound and reconciler',
      payload,
    });
  const { confirm = [], plan } = options;
  let ended = await give({ confirmed: confirm, ...(plan !== undefined && { plan }) });
  if (ended.code === 'WARNINGS_OPEN' && !options.json) showWarnings(io, vendor, ended);
  if (ended.code === 'WARNINGS_OPEN' && (await isAgreed(io, vendor, options))) {
    const read = toWarnings(ended.result).map(({ id }) => id);
    const { digest } = toObject(ended.result?.['plan']);
    const approved = typeof digest === 'string' ? { plan: digest } : {};
    ended = await give({ confirmed: [...confirm, ...read], ...approved });
    if (ended.status !== 'done' && !options.json) showWarnings(io, vendor, ended);
  }
  if (options.json) io.write(toJsonText(ended));
  else if (ended.status === 'done')
    io.write(`${vendor.title} is enabled. A full synchronisation begins at once.\n`);
  if (ended.status !== 'done') throw new Fault(`${toRefusal(ended)}${toHint(ended)}`);
}

/** Whether a person takes all that was shown for read; asked only where one sits. */
async function isAgreed(io: Io, vendor: Vendor, { yes, json }: EnableOptions): Promise<boolean> {
  if (yes) return true;
  if (json || io.ask === undefined) return false;
  const said = await io.ask(`Have you read this, and is ${vendor.title} to be enabled? (yes/no) `);
  return said?.trim().toLowerCase() === 'yes';
}

function showWarnings(io: Io, vendor: Vendor, { result }: RequestRow): void {
  for (const { id, text } of toWarnings(result)) io.tell(`${id}  ${text}\n`);
  const plan = toObject(result?.['plan']);
  if ('digest' in plan) io.tell(initialPlanText(vendor, plan));
}

/** The command to give next, with the confirmations for what was shown. */
function toHint({ code, result }: RequestRow): string {
  if (code !== 'WARNINGS_OPEN' && code !== 'PLAN_STALE') return '';
  const ids = toWarnings(result).map(({ id }) => id);
  const { digest } = toObject(result?.['plan']);
  const confirm = ids.length === 0 ? '' : ` --confirm ${ids.join(' ')}`;
  return ` Then run the command again with${confirm}${typeof digest === 'string' ? ` --plan ${digest}` : ''}.`;
}

/** G-8 */
export function addDisableCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('disable'))
    .description(`leave ${vendor.title} alone until it is enabled again; nothing is lost`)
    .action((options: WaitOptions) =>
      giveAndReport(
        io,
        options,
        { kind: 'disable', vendor: vendor.name, roles: 'outbound and reconciler' },
        () => `${vendor.title} is disabled. What waits is kept.\n`,
      ),
    );
}

function testConnection(vendor: Vendor): Given {
  const roles = 'outbound and reconciler';
  return { kind: 'test-connection', vendor: vendor.name, roles, runsDisabled: true };
}

export function addTestCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('test'))
    .description(`sign in to ${vendor.title} and show what it opens and what is not certain; changes nothing`)
    .action((options: WaitOptions) =>
      giveAndReport(io, options, testConnection(vendor), ({ result }) =>
        result === null ? '' : connectionText(vendor, result),
      ),
    );
}

/** What a test of the connection found, for a person. */
export function connectionText(vendor: Pick<Vendor, 'title' | 'configName'>, result: JsonObject): string {
  const {
    environment,
    interfaceVersion,
    contract,
    customer,
    centre,
    centres,
    uncertainNames,
    notes,
    misValues,
    lostFields,
  } = result;
  const list = (value: Json | undefined): JsonObject[] =>
    Array.isArray(value) ? value.map((one) => toObject(one as Json)) : [];
  const chosen = typeof centre === 'string' ? centre : `none yet: set ${vendor.configName}.centreId`;
  const known: readonly (readonly [string, Json | undefined])[] = [
    ['interface', interfaceVersion],
    ['contract', contract],
    ['customer', customer],
    ['centre', chosen],
  ];
  const told = known.flatMap(([what, value]) =>
    value === undefined ? [] : `${what} ${value ?? 'not told'}`,
  );
  return [
    `${vendor.title} ${environment ?? ''} answers: ${told.join(', ')}\n`,
    ...(Array.isArray(centres) ? [`\n${toTable(centreColumns, list(centres))}`] : []),
    ...toMisLines(toObject(misValues)),
    ...(Array.isArray(notes) ? notes.map((note) => `${note}\n`) : []),
    ...toFieldLines(list(lostFields).map(toLostField), vendor.configName).map(
      ([state, text]) => `${state}  ${text}\n`,
    ),
    ...(uncertainNames === undefined
      ? []
      : [`\nNames at ${vendor.title} without proof:\n${toTable(nameColumns(vendor), list(uncertainNames))}`]),
  ].join('');
}

type LostField = Pick<FieldState, 'field' | 'lostCount'>;

function toLostField({ field, lostCount }: JsonObject): LostField {
  return { field: String(field), lostCount: Number(lostCount) };
}

/** D-16: what is the matter with a field, and what it is known from. */
export function fieldTexts({ field, lostCount }: LostField): readonly [state: string, sentence: string] {
  const state = lostCount < 3 ? 'field in doubt' : 'field given up';
  return [state, `${field}: ${toCountOf(lostCount, 'record')} did not keep it`];
}

/** D-16: fields that are given up, or may be. */
function toFieldLines(fields: readonly LostField[], configName: string): (readonly [string, string])[] {
  return fields.map((one) => {
    const [state, sentence] = fieldTexts(one);
    return [state, `${sentence}; "${configName} forget-field ${one.field}" tries it again`];
  });
}

const toCell = (value: Json | undefined): string | null => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === null || value === undefined ? null : String(value);
};

const centreColumns: readonly Column<JsonObject>[] = [
  { title: 'centre', value: ({ id }) => toCell(id) },
  { title: 'name', value: ({ name }) => toCell(name) },
  { title: 'new users get a login', value: ({ createsLogins }) => toCell(createsLogins) },
  { title: 'mail is suppressed', value: ({ suppressesMail }) => toCell(suppressesMail) },
];

const nameColumns = (vendor: Pick<Vendor, 'configName'>): readonly Column<JsonObject>[] => [
  { title: 'setting', value: ({ key }) => `${vendor.configName}.names.${key}` },
  { title: 'name in use', value: ({ resource, wireName }) => `${resource}.${wireName}` },
  { title: 'use', value: ({ direction }) => toCell(direction) },
  { title: 'how sure', value: ({ provenance }) => toCell(provenance) },
];

/** OF-35: whether matching by MIS value would find any. */
function toMisLines(misValues: JsonObject): string[] {
  return ['assessors', 'placements'].flatMap((kind) => {
    const { seen, withMisValue } = toObject(misValues[kind]);
    return seen === undefined ? [] : [`${withMisValue} of ${seen} ${kind} read have a MIS value\n`];
  });
}

type InitialSyncOptions = WaitOptions & { readonly plan?: string };

const syncTimeoutS = 3_600;

export function addInitialSyncCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('initial-sync'), syncTimeoutS)
    .description(
      'link learners that are surely the same and exchange all; without --plan show what would be done',
    )
    .option('--plan <plan>', 'the plan that was shown and is approved')
    .action((options: InitialSyncOptions) =>
      withRequests(io, options, ({ run }) => synchronise(io, vendor, options, run)),
    );
}

async function synchronise(
  io: Io,
  vendor: Vendor,
  options: InitialSyncOptions,
  run: RunRequest,
): Promise<void> {
  const { plan, json } = options;
  const ended = await run({
    kind: 'initial-sync',
    vendor: vendor.name,
    roles: 'poller and reconciler',
    ...(plan !== undefined && { payload: { plan } }),
  });
  const shown = toObject(ended.result?.['plan']);
  if (!('digest' in shown)) return report(io, options, ended, toLines);
  io.write(json ? toJsonText(shown) : initialPlanText(vendor, shown));
  if (plan !== undefined) throw new Fault(`${ended.message}`);
  io.tell(`To carry it out, run the command again with --plan ${shown['digest']}\n`);
}

/** What the first synchronisation would do, in words. */
export function initialPlanText(vendor: Pick<Vendor, 'title'>, plan: JsonObject): string {
  const count = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
  const toLink = toObject(plan['toLink']);
  const lines = [
    `The first synchronisation (plan ${plan['digest']}, centre ${plan['centre']}):`,
    `  ${toCountOf(count(plan['linked']), 'learner')} linked already`,
    `  to be linked: ${count(toLink['id'])} by the id in PICS, ${count(toLink['misValue'])} by MIS value, ${count(toLink['uln'])} by ULN`,
    `  ${count(plan['proposed'])} with the same names and birth date: a person decides, none is linked`,
    `  ${count(plan['doubtful'])} with an id in PICS that ${vendor.title} does not have, that two learners have, or that is another person`,
    `  ${count(plan['unmatched'])} at ${vendor.title} without a record in PICS; no learner is created`,
    `  ${toCountOf(count(plan['reviewsToSend']), 'review')} to be sent`,
    ...accountLines('accounts to be created for officers', plan['officersToCreate']),
    ...accountLines('dormant officers whose reviews will be held', plan['officersNotLinked']),
    `  about ${toCountOf(count(plan['calls']), 'call')}, ${count(plan['minutes'])} minutes`,
    ...pairLines(vendor, 'proposed', plan['proposals']),
    ...pairLines(vendor, 'doubtful', plan['doubts']),
  ];
  return `${lines.join('\n')}\n`;
}

const mostLines = 20;

/** D-14: the person who approves sees who gets an account. */
function accountLines(what: string, accounts: Json | undefined): string[] {
  if (!Array.isArray(accounts) || accounts.length === 0) return [];
  const lines = accounts.slice(0, mostLines).map((account) => {
    const { code, name, reviews } = toObject(account as Json);
    const named = typeof name === 'string' ? ` ${name}` : '';
    return `    ${code}${named}: ${toCountOf(typeof reviews === 'number' ? reviews : 0, 'review')}`;
  });
  const more = accounts.length > mostLines ? [`    … and ${accounts.length - mostLines} more (--json)`] : [];
  return [`  ${accounts.length} ${what}:`, ...lines, ...more];
}

function pairLines(vendor: Pick<Vendor, 'title'>, what: string, pairs: Json | undefined): string[] {
  if (!Array.isArray(pairs)) return [];
  const lines = pairs.slice(0, mostLines).map((pair) => {
    const { ident, name, vendorId, why } = toObject(pair as Json);
    const who = typeof name === 'string' && name !== '' ? `${ident} ${name}` : ident;
    const reason = typeof why === 'string' ? ` (${why})` : '';
    return `    ${what}: learner ${who}, ${vendor.title} id ${vendorId}${reason}`;
  });
  return pairs.length > mostLines ? [...lines, `    … and ${pairs.length - mostLines} more (--json)`] : lines;
}

function toObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The warnings in the answer to `enable`. */
function toWarnings(result: JsonObject | null): readonly { readonly id: string; readonly text: string }[] {
  const given = result?.['warnings'];
  if (!Array.isArray(given)) return [];
  return given.map((one) => {
    const { id, text } = toObject(one as Json);
    return { id: String(id), text: String(text) };
  });
}

type StatusOptions = WaitOptions & { readonly test?: boolean };

export function addStatusCommand(group: Command, io: Io, vendor: Vendor): void {
  withWaitOptions(group.command('status'))
    .description(`show whether ${vendor.title} is enabled, how it is set, and when it was last synchronised`)
    .option('--test', 'test the connection as well')
    .action((options: StatusOptions) => showStatus(io, options, vendor));
}

async function showStatus(io: Io, options: StatusOptions, vendor: Vendor): Promise<void> {
  const config = loadConfig(io, options);
  const status = await withVendorContext(config, vendor, (context) => vendor.switching(context).readStatus());
  let test: RequestRow | null = null;
  if (options.test)
    await withRequests(io, options, async ({ run }) => {
      test = await run(testConnection(vendor));
    });
  show(io, options, { vendor, status, test });
}

type Shown = { readonly vendor: Vendor; readonly status: VendorStatus; readonly test: RequestRow | null };

function show(io: Io, options: StatusOptions, { vendor, status, test }: Shown): void {
  if (options.json) {
    io.write(toJsonText(test === null ? status : { ...status, connection: test }));
    return;
  }
  io.write(statusText(vendor, status));
  if (test === null) return;
  if (test.status !== 'done') io.write(`\n${toRefusal(test)}\n`);
  else io.write(`\n${connectionText(vendor, test.result ?? {})}`);
}

/** The status as lines for a person. */
export function statusText(
  { title, configName }: Pick<Vendor, 'title' | 'configName'>,
  status: VendorStatus,
): string {
  const { changedAtMs, changedBy, environment, centre, forecast, held } = status;
  const since = changedAtMs === null ? '' : ` since ${toLondonText(changedAtMs)} (${changedBy ?? 'unknown'})`;
  const never = `not enabled; run "${configName} enable"`;
  const { rests } = status;
  const why = rests === null || rests === 'disabled' ? '' : `, but stopped: ${restText(rests, configName)}`;
  const isOff = rests === 'disabled' || (rests === 'configuration' && changedAtMs === null);
  const state = isOff ? (changedAtMs === null ? never : `disabled${since}`) : `enabled${since}${why}`;
  const heldCount = held.reduce((sum, { count }) => sum + count, 0);
  const lines: readonly (readonly [string, string])[] = [
    [title, state],
    ['configuration', status.configured === 'faulty' ? status.faults.join(' ') : status.configured],
    ['environment', `${environment ?? 'not set'}, centre ${centre ?? 'not chosen'}`],
    ['last synchronised', toTime(status.lastSynchronisedAtMs) ?? 'never'],
    ...toRunLines(status),
    [
      'full pass',
      forecast === null
        ? 'not known'
        : `about ${toCountOf(forecast.calls, 'call')}, ${forecast.minutes} minutes`,
    ],
    ['held', heldCount === 0 ? 'nothing' : `${toCountOf(heldCount, 'item')}: "held list"`],
    ...toFieldLines(status.lostFields, configName),
    ...toSharedLines(status),
    ...Object.entries(status.settings).map(([name, value]) => [`  ${name}`, toValue(value)] as const),
    ...status.warningsOpen.map(({ id, text }) => [id, text] as const),
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return lines.map(([title, text]) => `${title.padEnd(width)}  ${text}\n`).join('');
}

/** D-8: no fault, but worth knowing: each of them is shown as the other at the vendor. */
function toSharedLines({ sharedOfficers }: VendorStatus): (readonly [string, string])[] {
  return sharedOfficers.map(({ vendorId, codes }) => [
    'shared account',
    `${vendorId}: officers ${codes.join(', ')}`,
  ]);
}

function toRunLines(status: VendorStatus): (readonly [string, string])[] {
  const { synchronisingSinceMs, syncDueSinceMs, cautiousSinceMs } = status;
  const since = toTime(synchronisingSinceMs);
  const due = toTime(syncDueSinceMs);
  const rebuilt = toTime(cautiousSinceMs);
  const lines: (readonly [string, string])[] = [];
  if (since !== null) lines.push(['synchronising', `since ${since}`]);
  else if (due !== null) lines.push(['synchronisation', `due since ${due}; the poller begins it`]);
  if (rebuilt !== null)
    lines.push(['cautious', `since the rebuild of ${rebuilt}, until a full synchronisation has completed`]);
  return lines;
}

function toTime(atMs: number | null): string | null {
  return atMs === null ? null : toLondonText(atMs);
}

function toValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null ? 'none' : String(value);
}
