import type { Log } from '../base/log.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Clock, Pics, Store, Topics } from '../domain/ports.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import type { SwitchPlace } from '../domain/vendor-state.ts';
import type { Engine } from '../engine/engine.ts';
import type {
  Connected,
  ConnectionCheck,
  InitialPlan,
  OpenVendor,
  Switching,
  Vendor,
} from '../vendors/vendor.ts';
import {
  askVendor,
  type Command,
  done,
  type Handler,
  payloadText,
  refused,
  type Workplace,
} from './request.ts';

/*
 * The commands that switch a vendor: they run also while it is off. Switching is durable: it stands in the sync
 * database and holds for every process and after every restart (G-8).
 *
 * Commands run side by side, and an enabling checks for long. So each carries its place, the moment at which PICS
 * received it, into the statement that switches: one that was given before the command that switched last changes
 * nothing and says so. A disabling keeps its place also where there was nothing to disable: off is off, even while an
 * earlier enabling still checks.
 */

/** What switching stands on. */
type SwitchPorts = {
  readonly vendor: Pick<Vendor, 'name' | 'title'>;
  readonly switching: Switching;
  readonly pics: Pick<Pics, 'readRequest'>;
  readonly store: Pick<Store, 'runs' | 'vendors'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Configuration and state say that the vendor works, at this moment. */
  readonly isEnabled: () => Promise<boolean>;
  /** Resolves when this process works for the vendor, or has waited long enough. */
  readonly untilAtWork: () => Promise<void>;
  /** Resolves when this process has ended what it had in hand, or has waited long enough. */
  readonly untilEnded: () => Promise<void>;
  readonly signal: AbortSignal;
};

export function createSwitchHandlers(ports: SwitchPorts): Readonly<Record<string, Handler>> {
  return {
    'test-connection': {
      handle: (_request, begin) => testConnection(begin, ports),
      runsDisabled: true,
    },
    enable: { handle: (request, begin) => enable(request, begin, ports), runsDisabled: true },
    disable: { handle: (request, begin) => disable(request, begin, ports), runsDisabled: true },
  };
}

/** Signs in and says what was found. It runs also while the vendor is disabled, and changes nothing. */
async function testConnection(
  begin: () => Promise<void>,
  { vendor, switching }: SwitchPorts,
): Promise<Answer> {
  await begin();
  const check = await switching.check({ forEnabling: false });
  if (check.kind !== 'connected') return checkRefusal(vendor.name, check);
  return done({ ...check.report, centre: check.centreId });
}

/** G-8: calls in flight end, what waits is kept. Enabling again brings both sides together. */
async function disable(
  request: CommandRequest,
  begin: () => Promise<void>,
  ports: SwitchPorts,
): Promise<Answer> {
  const vendor = ports.vendor.name;
  const by = request.requestedBy ?? 'unknown';
  const asked = await placeOf(request, ports);
  const end = await ports.store.vendors.disable({ vendor, by, asked });
  if (end === 'was-disabled') return refused('DISABLED', { vendor });
  if (end === 'superseded') return refused('SUPERSEDED', { vendor });
  await begin();
  await ports.untilEnded();
  return done({ enabled: false });
}

async function placeOf({ id }: CommandRequest, { pics, clock }: SwitchPorts): Promise<SwitchPlace> {
  return { atMs: (await pics.readRequest(id))?.requestedAtMs ?? clock.nowMs(), id };
}

/**
 * OF-1, OF-5, OF-7, OF-9, OF-34: lets a vendor work once everything is in order and a person has read what to know.
 *
 * The checks come in the order administrators know: licence, settings, sign-in, centre, desktop guard, warnings, plan.
 * Confirming the warnings of the first enabling approves the plan that stands beside them; a plan that was named and
 * has changed since is refused. Given again it comes to the same end.
 */
async function enable(
  request: CommandRequest,
  begin: () => Promise<void>,
  ports: SwitchPorts,
): Promise<Answer> {
  const { switching, clock, signal } = ports;
  const vendor = ports.vendor.name;
  if (!switching.isLicensed) return refused('NOT_LICENSED', { vendor });
  const check = await switching.check({ forEnabling: true });
  if (check.kind !== 'connected') return checkRefusal(vendor, check);
  const { centreId } = check;
  if (centreId === null)
    return refused('MANY_CENTRES', { vendor, n: String(check.centreCount) }, check.report);
  if (await switching.isDesktopBlocked()) return refused('DESKTOP_ON', { vendor });
  const asking = { address: switching.address, clock, signal };
  const prepared = await askVendor(asking, () => switching.prepare(check, confirmedBy(request)));
  if (prepared.kind === 'failed') return prepared.answer;
  const { open, plan, confirmed } = prepared.value;
  const shownPlan = plan === null ? {} : { plan: planDocument(plan) };
  const shown = { warnings: open, ...shownPlan };
  if (open.length > 0)
    return refused('WARNINGS_OPEN', { vendor, list: open.map(({ id }) => id).join(', ') }, shown);
  const approved = payloadText(request.payload, 'plan');
  if (plan !== null && approved !== null && approved !== plan.digest)
    return refused('PLAN_STALE', { vendor }, shown);
  await begin();
  // Enabled again while it is at work: only what was confirmed is new.
  const isSyncDue = !(await ports.isEnabled());
  const by = request.requestedBy ?? 'unknown';
  const asked = await placeOf(request, ports);
  const end = await ports.store.vendors.enable({ vendor, confirmed, by, asked, isSyncDue });
  if (end === 'superseded') return refused('SUPERSEDED', { vendor });
  ports.log.info(`${ports.vendor.title} is enabled`, { centre: centreId });
  const run = isSyncDue ? await approveInitialRun(ports, by) : null;
  await ports.untilAtWork();
  return done({ enabled: true, centre: centreId, ...shownPlan, ...(run !== null && { run }) });
}

/** OF-9: who enables the vendor approves the initial synchronisation that was planned by name, if there is one. */
async function approveInitialRun({ vendor, store }: SwitchPorts, by: string): Promise<number | null> {
  const runs = await store.runs.list(vendor.name, recentRuns);
  const planned = runs.find(({ order, state }) => order.kind === 'initial' && state === 'planned');
  if (planned === undefined) return null;
  const moved = await store.runs.move(planned.id, { from: ['planned'], to: 'approved' }, { approvedBy: by });
  return moved?.id ?? null;
}

const recentRuns = 50;

/** A plan as a person sees it. */
export function planDocument({ digest, document }: InitialPlan): JsonObject {
  return { ...document, digest };
}

function confirmedBy({ payload }: CommandRequest): readonly string[] {
  const given = payload['confirmed'];
  return Array.isArray(given) ? given.filter((one) => typeof one === 'string') : [];
}

/** The refusal that follows from a check, in the order administrators know. */
export function checkRefusal(vendor: string, check: Exclude<ConnectionCheck, Connected>): Answer {
  switch (check.kind) {
    case 'settings-missing':
      return refused('SETTINGS_MISSING', { vendor, settings: check.settings.join(', ') });
    case 'unreachable':
      return refused('UNREACHABLE', { vendor, address: check.address, ...reasonOf(check) });
    case 'bad-sign-in':
      return refused('BAD_SIGN_IN', { vendor, ...reasonOf(check) });
    case 'centre-unknown':
      return refused('ID_NOT_FOUND', { vendor, kind: 'centre', id: check.centreId }, check.report);
  }
}

/** For the sentence of a check that found more out than its code says. */
function reasonOf({ reason }: { readonly reason?: string }): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

/*
 * D-20: the commands that prepare a first synchronisation. W-3 asks to link officers and organisations before it, so
 * looking up, linking and reading the list of qualifications cannot wait until the vendor works. While nothing was ever
 * exchanged with the centre they run as soon as the connection test passes, at a workplace of their own: the vendor is
 * opened for the one command, and no learner is looked at. After that, off is off (G-8).
 */

export const preparingCommands: readonly string[] = [
  'look-up',
  'link-officer',
  'link-organisation',
  'set-learner-id',
  'refresh-qualification-links',
  'run-plan',
];

type PreparePorts = {
  readonly vendor: Pick<Vendor, 'name'>;
  readonly switching: Switching;
  readonly isEnabled: () => Promise<boolean>;
  /** Null: its settings cannot be used. */
  readonly open: () => Promise<OpenVendor | null>;
  readonly pics: Pics;
  readonly store: Store;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly liveLetters: readonly string[];
  readonly signal: AbortSignal;
};

/** Nothing is exchanged yet: the first synchronisation brings what a link means. */
const restingEngine: Pick<Engine, 'submit'> = {
  submit: async () => ({ kind: 'settled', isLinked: true, calls: {}, holds: [] }),
};

/** A command that runs at the workplace of an enabled vendor, and before the vendor was ever enabled. */
export function handlerWhilePreparing(command: Command, atWork: Handler, ports: PreparePorts): Handler {
  return {
    runsDisabled: true,
    handle: async (request, begin) =>
      (await ports.isEnabled()) ? atWork.handle(request, begin) : prepare(command, { request, begin, ports }),
  };
}

async function prepare(
  command: Command,
  {
    request,
    begin,
    ports,
  }: {
    readonly request: CommandRequest;
    readonly begin: () => Promise<void>;
    readonly ports: PreparePorts;
  },
): Promise<Answer> {
  const { switching, pics, store, topics, clock, liveLetters, signal } = ports;
  const vendor = ports.vendor.name;
  if (!switching.isPreparing(await store.vendors.readState(vendor))) return refused('DISABLED', { vendor });
  if (!switching.isLicensed) return refused('NOT_LICENSED', { vendor });
  const check = await switching.check({ forEnabling: true });
  if (check.kind !== 'connected') return checkRefusal(vendor, check);
  if (check.centreId === null)
    return refused('MANY_CENTRES', { vendor, n: String(check.centreCount) }, check.report);
  const open = await ports.open();
  if (open === null) return refused('DISABLED', { vendor });
  const engine = restingEngine;
  const workplace: Workplace = { vendor: open, engine, pics, store, topics, clock, liveLetters, signal };
  try {
    return await command(request, begin, workplace);
  } finally {
    await open.close();
  }
}
