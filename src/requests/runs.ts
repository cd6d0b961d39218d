import type { Json, JsonObject } from '../domain/json.ts';
import type { Store } from '../domain/ports.ts';
import type { Answer, CommandRequest } from '../domain/request.ts';
import {
  allows,
  isPass,
  type Run,
  type RunFilter,
  type RunKind,
  type RunOrder,
  type RunStart,
  type RunState,
  type RunStep,
  runKinds,
} from '../domain/run.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { done, type Handler, payloadText, refused, type Workplace } from './request.ts';

/*
 * The commands about runs. They only say what a person wants: the process that polls does the work, at its next turn. Each
 * given again comes to the same end.
 */

/** Asks for a run. It is planned then, and waits for its approval; the answer names it. */
export async function planRun(
  request: CommandRequest,
  begin: () => Promise<void>,
  { vendor, store }: Workplace,
): Promise<Answer> {
  const order = toOrder(request.payload);
  if (typeof order === 'string') return refused('RUN_ORDER', { reason: order });
  await begin();
  const by = request.requestedBy ?? 'unknown';
  const { name, centre } = vendor;
  const { id } = await store.runs.ask({ vendor: name, centre, request: request.id, order, by });
  return done({ run: id, kind: order.kind });
}

/** Null: not given. A string: why it is not understood, as the end of a sentence. */
function toOrder(payload: JsonObject): RunOrder | string {
  const kind = payloadText(payload, 'kind');
  if (kind === null || !isKind(kind)) return `the kind must be one of ${runKinds.join(', ')}`;
  const filter = toFilter(payload['filter']);
  if (typeof filter === 'string') return filter;
  const start = toStart(payload['start']);
  if (typeof start === 'string') return start;
  const topics = payload['topics'] ?? [];
  if (!isTexts(topics)) return 'topics must be a list of names';
  if (kind === 'initial' && Object.keys(filter).length > 0)
    return 'an initial synchronisation is for all learners; plan "synchronise" for some of them';
  const readsVendor = kind !== 'replay' && kind !== 'reapply' ? true : payload['readsVendor'] === true;
  return { kind, filter, start, topics, readsVendor };
}

function isKind(text: string): text is RunKind {
  return (runKinds as readonly string[]).includes(text);
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

const filterNames: readonly string[] = ['idents', 'status', 'officer', 'organisation', 'site'];

function toFilter(given: Json | undefined): RunFilter | string {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) return 'the filter must be an object';
  const { idents, ...others } = given as JsonObject;
  const unknown = Object.keys(given).find((name) => !filterNames.includes(name));
  if (unknown !== undefined) return `there is no filter ${unknown}; there are ${filterNames.join(', ')}`;
  if (idents !== undefined && (!isTexts(idents) || idents.length === 0))
    return 'idents must be a list of learner codes, one at least';
  const isBlank = Object.values(others).some((value) => typeof value !== 'string' || value.trim() === '');
  if (isBlank) return 'each filter must be a text that is not blank';
  const texts = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, String(value).trim()]),
  );
  return {
    ...texts,
    ...(idents !== undefined && { idents: [...new Set(idents as readonly string[])].sort() }),
  };
}

function toStart(given: Json | undefined): RunStart | string {
  if (given === undefined || given === null) return { kind: 'beginning' };
  const { kind, atMs, offsets } = given as JsonObject;
  if (kind === 'beginning') return { kind };
  if (kind === 'time')
    return typeof atMs === 'number' && Number.isFinite(atMs)
      ? { kind, atMs }
      : 'the time of the start is not one';
  if (kind !== 'offsets' || !Array.isArray(offsets) || !offsets.every(isOffset))
    return 'the start must be the beginning, a time, or offsets of topics';
  return { kind, offsets };
}

type Offset = Extract<RunStart, { kind: 'offsets' }>['offsets'][number];

function isOffset(value: Json): value is Offset {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { topic, partition, offset } = value as JsonObject;
  return (
    typeof topic === 'string' &&
    Number.isInteger(partition) &&
    typeof offset === 'string' &&
    /^\d{1,18}$/.test(offset)
  );
}

type RunPorts = { readonly vendor: { readonly name: VendorName }; readonly store: Pick<Store, 'runs'> };

/** The commands about a run that is there. Pausing and stopping run also while the vendor is disabled. */
export function createRunHandlers(ports: RunPorts): Readonly<Record<string, Handler>> {
  return {
    'run-approve': { handle: (request) => approve(request, ports) },
    'run-pause': {
      handle: (request) => step(request, ports, 'pause', () => 'paused'),
      runsDisabled: true,
    },
    // It waits for its turn again, and has a plan to be made or read if it had none.
    'run-resume': {
      handle: (request) =>
        step(request, ports, 'resume', ({ approvedBy, startedAtMs }) =>
          approvedBy === null && startedAtMs === null ? 'asked' : 'approved',
        ),
    },
    'run-stop': { handle: (request) => stop(request, ports), runsDisabled: true },
  };
}

/** A person approves the plan that was shown, and no other. */
async function approve(request: CommandRequest, ports: RunPorts): Promise<Answer> {
  const run = await find(request, ports);
  if (run === null) return noRun(request, ports);
  const given = payloadText(request.payload, 'digest');
  const isAgain = run.approvedBy !== null && run.plan?.digest === given && run.state !== 'planned';
  if (isAgain) return done({ run: run.id, state: run.state });
  if (!allows('approve', run.state)) return wrongState(run, 'approved', ports);
  if (run.plan?.digest !== given)
    return refused(
      'PLAN_STALE',
      { vendor: ports.vendor.name },
      { run: run.id, digest: run.plan?.digest ?? null },
    );
  const change = { approvedBy: request.requestedBy ?? 'unknown' };
  const moved = await ports.store.runs.move(run.id, { from: ['planned'], to: 'approved' }, change);
  return moved === null ? wrongState(run, 'approved', ports) : done({ run: run.id, state: moved.state });
}

const pastOf: Readonly<Record<RunStep, string>> = {
  approve: 'approved',
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
};

async function step(
  request: CommandRequest,
  ports: RunPorts,
  name: RunStep,
  toState: (run: Run) => RunState,
): Promise<Answer> {
  const run = await find(request, ports);
  if (run === null) return noRun(request, ports);
  const to = toState(run);
  if (run.state === to) return done({ run: run.id, state: to });
  if (!allows(name, run.state)) return wrongState(run, pastOf[name], ports);
  const moved = await ports.store.runs.move(run.id, { from: [run.state], to }, {});
  return moved === null ? step(request, ports, name, toState) : done({ run: run.id, state: moved.state });
}

/** What is done stays done. A full pass that has begun is only paused: what is due would begin again at once. */
async function stop(request: CommandRequest, ports: RunPorts): Promise<Answer> {
  const run = await find(request, ports);
  const isBegun = run !== null && isPass(run.order) && run.startedAtMs !== null;
  if (isBegun && allows('stop', run.state))
    return refused('RUN_PASS', { run: String(run.id), vendor: ports.vendor.name });
  return step(request, ports, 'stop', () => 'stopped');
}

async function find({ payload }: CommandRequest, { vendor, store }: RunPorts): Promise<Run | null> {
  const id = Number(payloadText(payload, 'run'));
  const run = Number.isSafeInteger(id) && id > 0 ? await store.runs.read(id) : null;
  return run?.vendor === vendor.name ? run : null;
}

function noRun({ payload }: CommandRequest, { vendor }: RunPorts): Answer {
  return refused('NO_RUN', { run: payloadText(payload, 'run') ?? '', vendor: vendor.name });
}

function wrongState({ id, state }: Run, wanted: string, { vendor }: RunPorts): Answer {
  return refused('RUN_STATE', { run: String(id), state, wanted, vendor: vendor.name });
}
