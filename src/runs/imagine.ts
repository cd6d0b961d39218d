import type { JsonObject } from '../domain/json.ts';
import { advanceLane, emptyOutcome, type LaneKey, type LaneState, type Ledger } from '../domain/ledger.ts';
import type { Link, NewLink } from '../domain/link.ts';
import type { Observation, Shadow } from '../domain/observation.ts';
import { fromOwnerLane, toOwnerLane } from '../domain/owner.ts';
import type { Clock, Pics } from '../domain/ports.ts';
import type { Priority } from '../domain/priority.ts';
import type { RowAction, SettledRecord } from '../domain/rows.ts';
import type { Foreseen, RunLine } from '../domain/run.ts';
import type { Call, CallResult, Evaluation, Hold, NextStep } from '../domain/step.ts';
import { type Demand, readKey } from '../domain/view.ts';
import { type Choice, chooseStep, toAnnouncement } from '../engine/choose-step.ts';
import { type Subject, toLaneQuery, toOwnClock } from '../engine/glance.ts';
import { foreseeRows } from '../reconciling/foresee.ts';
import type { OpenVendor } from '../vendors/vendor.ts';

/** What an imagined look stands on. Of the vendor nothing is called but reads, and those only when asked for. */
export type ImaginePorts = {
  readonly vendor: Pick<
    OpenVendor,
    | 'name'
    | 'centre'
    | 'evaluate'
    | 'evaluateOwner'
    | 'vendorIdsOf'
    | 'reserveCall'
    | 'execute'
    | 'readKnowledge'
    | 'digestRecord'
  >;
  readonly pics: Pick<Pics, 'readLearner' | 'readOwner' | 'readRows'>;
  readonly ledger: Pick<Ledger, 'readLane'>;
  readonly clock: Clock;
};

type ImagineRequest = {
  /** A learner's ident, or the lane of an officer or organisation. */
  readonly ident: string;
  readonly demand: Demand;
  /** False: a read that the rules ask for counts as made, and shows what the vendor showed last. */
  readonly readsVendor: boolean;
  readonly priority: Priority;
  /** Links that are supposed to be there. */
  readonly links?: readonly NewLink[];
  /** Officers and organisations by lane: each is looked at once, for the first learner who needs it, and put in here. */
  readonly owners: Map<string, Foreseen>;
  /** False: the record is none of those that are asked for, and is not looked at. */
  readonly isWanted?: (subject: Subject) => boolean;
  readonly signal: AbortSignal;
};

type Imagined =
  | { readonly kind: 'foreseen'; readonly foreseen: Foreseen; readonly subject: Subject }
  /** PICS has no such record; or it has, and it is none of those that are asked for. */
  | { readonly kind: 'vanished' | 'unwanted' }
  /** The vendor did not answer a read. */
  | { readonly kind: 'unanswered'; readonly code: string };

/** A look that goes on for longer than this turns in a circle. */
const mostSteps = 1_000;

/**
 * Looks at one learner (or officer, or organisation) as the engine does, and does nothing: what it would do is written down.
 *
 * The vendor's own rules decide, over PICS and the lane as they are. What a step would change is supposed: a read is made
 * for real or counts as made, a link is there, a write is noted and no later step of its record is looked at. When the
 * rules have no step left, the records that the vendor shows are decided as the reconciler would decide them now. So a plan
 * and the run that follows it come from the same rules, and differ only by what changes in between.
 */
export async function imagineLook(ports: ImaginePorts, request: ImagineRequest): Promise<Imagined> {
  const start = await readBoth(ports, request);
  if (start === null) return { kind: 'vanished' };
  if (request.isWanted?.(start.subject) === false) return { kind: 'unwanted' };
  const imagining: Imagining = {
    ports,
    request,
    subject: start.subject,
    lane: withLinks(start.lane, request.links ?? []),
    reads: new Set(),
    needed: new Map(),
    announced: new Set(),
    refusedReads: new Set(),
    done: new Set(),
    lines: [],
    calls: 0,
    readCount: 0,
  };
  for (const link of request.links ?? []) noteLink(imagining, 'link', link);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const evaluation = await evaluate(imagining);
    const choice = choose(imagining, evaluation);
    if (choice.step !== null) {
      const end = await suppose(imagining, choice.step);
      if (end !== null) return end;
      continue;
    }
    note(imagining, evaluation, choice);
    imagining.lines.push(...(await readPulls(imagining)));
    return { kind: 'foreseen', foreseen: toForeseen(imagining), subject: start.subject };
  }
  throw new Error('the imagined look at a record does not come to an end');
}

type Imagining = {
  readonly ports: ImaginePorts;
  readonly request: ImagineRequest;
  readonly subject: Subject;
  lane: LaneState;
  /** As the rules know them: `name subject`. */
  readonly reads: Set<string>;
  /** Owners that were looked at, by lane, with what is held there. */
  readonly needed: Map<string, readonly Hold[]>;
  readonly announced: Set<string>;
  readonly refusedReads: Set<string>;
  /** Records of which a write is noted. */
  readonly done: Set<string>;
  readonly lines: RunLine[];
  calls: number;
  readCount: number;
};

/** Both sides of a record as they are known; null: PICS has no such record. */
export async function readBoth(
  { vendor, pics, ledger, clock }: ImaginePorts,
  { ident }: Pick<ImagineRequest, 'ident'>,
): Promise<{ readonly subject: Subject; readonly lane: LaneState } | null> {
  const subject = await readSubject(pics, ident);
  if (subject === null) return null;
  const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident };
  const lane = await ledger.readLane({ ...key, ...toLaneQuery(subject, vendor) });
  return { subject, lane: toOwnClock(lane, clock.nowMs()) };
}

async function readSubject(pics: ImaginePorts['pics'], ident: string): Promise<Subject | null> {
  const key = fromOwnerLane(ident);
  if (key !== null) {
    const owner = await pics.readOwner({ key, txIds: [] });
    return owner === null ? null : { kind: 'owner', owner };
  }
  const learner = await pics.readLearner({ ident, txIds: [] });
  return learner === null ? null : { kind: 'learner', learner };
}

function withLinks(lane: LaneState, links: readonly NewLink[]): LaneState {
  const supposed = links.map((link): Link => ({ ...link, copiedAtMs: null }));
  const isSupposed = ({ kind, picsId }: Link): boolean =>
    supposed.some((link) => link.kind === kind && link.picsId === picsId);
  return { ...lane, links: [...lane.links.filter((link) => !isSupposed(link)), ...supposed] };
}

function evaluate({ ports, request, subject, lane, reads, needed }: Imagining): Promise<Evaluation> {
  const { vendor, clock } = ports;
  const { demand } = request;
  const nowMs = clock.nowMs();
  return subject.kind === 'learner'
    ? vendor.evaluate({ learner: subject.learner, lane, demand, reads, needed, nowMs })
    : vendor.evaluateOwner({ owner: subject.owner, lane, demand, reads, nowMs });
}

/** The next step, without those of records whose first write is noted: what follows it is not known. */
function choose({ request, lane, done, ...memory }: Imagining, evaluation: Evaluation): Choice {
  const candidates = evaluation.candidates.filter(
    (step) => step.kind !== 'call' || step.call.effect === 'read' || !done.has(step.call.subject),
  );
  const { demand } = request;
  return chooseStep({ ...evaluation, candidates }, lane, { ...memory, demand, refusedLinks: new Map() });
}

/** Null: the look goes on. */
async function suppose(imagining: Imagining, step: NextStep): Promise<Imagined | null> {
  const { lines, announced } = imagining;
  switch (step.kind) {
    case 'call':
      if (step.call.effect === 'read') return read(imagining, step.call);
      lines.push(toWriteLine(step.call, imagining.lane));
      imagining.calls += 1;
      imagining.done.add(step.call.subject);
      return null;
    case 'link':
      advance(imagining, { links: step.links, unlinks: step.unlinks ?? [] });
      for (const link of step.links) noteLink(imagining, 'link', link);
      for (const link of step.unlinks ?? []) noteLink(imagining, 'unlink', link);
      return null;
    case 'unlink':
      advance(imagining, { unlinks: step.links });
      for (const link of step.links) noteLink(imagining, 'unlink', link);
      return null;
    case 'need':
      for (const owner of step.owners) {
        const end = await imagineOwner(imagining, toOwnerLane(owner));
        if (end !== null) return end;
      }
      return null;
    case 'announce':
      for (const link of step.links) announced.add(toAnnouncement(step, link));
      return null;
    case 'follow':
      lines.push({ does: 'link', subject: `learner:${step.from}`, fields: [], blank: [], code: 'D-9' });
      return { kind: 'foreseen', foreseen: toForeseen(imagining), subject: imagining.subject };
    case 'conclude':
      imagining.lane = { ...imagining.lane, enrolment: null };
      return null;
  }
}

function toWriteLine(call: Call, lane: LaneState): RunLine {
  const { name, effect, subject, request } = call;
  const fields = fieldsOf(request);
  const ids = new Set(Object.values(request));
  const shown = lane.shadows.filter(({ vendorId }) => ids.has(vendorId)).map(({ record }) => record);
  const blank = fields.filter((field) => shown.some((record) => field in record && isBlank(record[field])));
  return { does: effect === 'create' ? 'create' : 'update', subject, fields, blank, code: name };
}

/** Names of the fields that a call writes, where its request says so. */
function fieldsOf(request: JsonObject): readonly string[] {
  const { fields } = request;
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields)
    ? Object.keys(fields).sort()
    : [];
}

/** The link of an officer or organisation is a line of its own lane, also where another record's look finds it. */
function noteLink(
  { request, lines }: Imagining,
  does: 'link' | 'unlink',
  { kind, picsId }: Pick<Link, 'kind' | 'picsId'>,
): void {
  const line: RunLine = { does, subject: `${kind}:${picsId}`, fields: [], blank: [], code: null };
  const isOwner = kind === 'officer' || kind === 'organisation';
  const lane = isOwner ? toOwnerLane({ kind, code: picsId }) : request.ident;
  if (lane === request.ident) {
    lines.push(line);
    return;
  }
  const known = request.owners.get(lane) ?? { ...nothing, isLinked: true };
  const isKnown = known.lines.some((one) => one.does === does && one.subject === line.subject);
  if (!isKnown) request.owners.set(lane, { ...known, lines: [...known.lines, line] });
}

function isBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isBlank);
  return value === null || value === undefined || value === '';
}

function advance(
  imagining: Imagining,
  change: {
    readonly links?: readonly NewLink[];
    readonly unlinks?: readonly Link[];
    readonly shadows?: readonly Shadow[];
  },
): void {
  const { ports, request, lane } = imagining;
  const key: LaneKey = { vendor: ports.vendor.name, centre: ports.vendor.centre, ident: request.ident };
  const outcome = { ...emptyOutcome(key, lane.version), ...change };
  imagining.lane = advanceLane(lane, outcome, { version: lane.version, conflictingLinks: [] });
}

/**
 * A read of the vendor. One that is refused shows nothing, and the rules are asked what follows then; one without an answer
 * ends the look, since nothing would be certain.
 */
async function read(imagining: Imagining, call: Call): Promise<Imagined | null> {
  const { request, reads, refusedReads } = imagining;
  imagining.calls += 1;
  imagining.readCount += 1;
  reads.add(readKey(call));
  if (!request.readsVendor) return null;
  const result = await execute(imagining, call);
  switch (result.kind) {
    case 'done':
      advance(imagining, {
        links: result.links,
        shadows: [...result.observed.flatMap(toShadow), ...result.shadow],
      });
      for (const link of result.links) noteLink(imagining, 'link', link);
      return null;
    case 'rejected':
      refusedReads.add(readKey(call));
      imagining.lines.push({ does: 'held', subject: call.subject, fields: [], blank: [], code: result.code });
      return null;
    default:
      return { kind: 'unanswered', code: result.kind };
  }
}

async function execute({ ports, request }: Imagining, call: Call): Promise<CallResult> {
  const { priority, signal } = request;
  await ports.vendor.reserveCall(priority, signal);
  return ports.vendor.execute(call, { priority, cause: 'refresh', signal });
}

function toShadow({ record, deleted: _deleted, cause: _cause, ...rest }: Observation): readonly Shadow[] {
  return record === null ? [] : [{ ...rest, record }];
}

/** D-14: an officer or organisation that the learner needs. Where it would be created, it counts as linked from here on. */
async function imagineOwner(imagining: Imagining, ident: string): Promise<Imagined | null> {
  const { ports, request } = imagining;
  const known = request.owners.get(ident);
  const imagined =
    known === undefined
      ? await imagineLook(ports, { ...request, ident, demand: 'need', links: [], isWanted: () => true })
      : null;
  if (imagined?.kind === 'unanswered') return imagined;
  const foreseen = known ?? (imagined?.kind === 'foreseen' ? imagined.foreseen : nothing);
  request.owners.set(ident, foreseen);
  const key = fromOwnerLane(ident);
  if (key !== null && foreseen.isLinked) {
    const { name: vendor, centre } = ports.vendor;
    const link = { vendor, centre, kind: key.kind, picsId: key.code, ident: null, vendorId: '0' } as const;
    advance(imagining, { links: [{ ...link, how: 'created' }] });
  }
  const holds = foreseen.lines.filter(({ does }) => does === 'held');
  imagining.needed.set(
    ident,
    holds.map(({ subject, code }) => ({ subject, code: code ?? '', params: {} })),
  );
  return null;
}

const nothing: Foreseen = { lines: [], calls: 0, reads: 0, isLinked: false };

/** What is left as it is: items that wait for a person, and differences that a rule allows. */
function note(imagining: Imagining, evaluation: Evaluation, { holds }: Choice): void {
  const known = new Set(imagining.lines.map(({ does, subject }) => `${does} ${subject}`));
  for (const { subject, code } of holds)
    if (!known.has(`held ${subject}`))
      imagining.lines.push({ does: 'held', subject, fields: [], blank: [], code });
  for (const { code, subject } of evaluation.notes)
    imagining.lines.push({ does: 'noted', subject, fields: [], blank: [], code });
}

/** What the vendor showed last of a record and all that belongs to it, as if it were just read. */
export function toObservations({ shadows }: LaneState): readonly Observation[] {
  return shadows.map(
    ({ sent: _sent, ...shadow }): Observation => ({ ...shadow, cause: 'refresh', deleted: false }),
  );
}

/** What would come to PICS of what the vendor shows. */
async function readPulls({ ports, request, subject, lane }: Imagining): Promise<readonly RunLine[]> {
  const observations = toObservations(lane);
  const settled = await foreseeRows(ports, observations, { ident: request.ident, lane });
  return settled.flatMap((one) => toPullLines(one, subject));
}

function toPullLines(
  { record: { item }, written, outcome, code }: SettledRecord,
  about: Subject,
): readonly RunLine[] {
  if (item.kind !== 'observation') return [];
  const subject = `${item.observation.entity}:${item.observation.vendorId}`;
  const fields = [...new Set(written.flatMap(fieldsWritten))].sort();
  const blank = [...new Set(written.flatMap((action) => fieldsBlank(action, about)))].sort();
  const does = written.some(({ kind }) => kind === 'insert-review') ? 'insert' : 'pull';
  return [
    ...(written.length > 0 ? [{ does, subject, fields, blank, code: null } as const] : []),
    ...(outcome === 'held' ? [{ does: 'held', subject, fields: [], blank: [], code } as const] : []),
  ];
}

/** Of the fields that a row is to get, those that are blank in it now. */
function fieldsBlank(action: RowAction, about: Subject): readonly string[] {
  const row: object | undefined = findRow(action, about);
  if (row === undefined) return [];
  return fieldsWritten(action).filter((field) => isBlank((row as Readonly<Record<string, unknown>>)[field]));
}

function findRow(action: RowAction, about: Subject): object | undefined {
  if (about.kind === 'owner') return about.owner;
  const { qualifications, reviews } = about.learner;
  switch (action.kind) {
    case 'update-qualification':
      return qualifications.find(
        ({ reference, seq }) => reference === action.reference && seq === action.seq,
      );
    case 'update-review':
      return reviews.find(({ id }) => id === action.id);
    case 'update-learner':
    case 'set-risk':
      return about.learner;
    default:
      return undefined;
  }
}

function fieldsWritten(action: RowAction): readonly string[] {
  if ('set' in action) return Object.keys(action.set);
  if (action.kind === 'insert-review') return [];
  return action.kind === 'set-risk' ? ['risk'] : ['id'];
}

function toForeseen({ request, lane, lines, calls, readCount }: Imagining): Foreseen {
  const key = fromOwnerLane(request.ident) ?? { kind: 'learner', code: request.ident };
  const isMade = lines.some(({ does, subject }) => does === 'create' && subject === request.ident);
  const isLinked = lane.links.some(({ kind, picsId }) => kind === key.kind && picsId === key.code);
  return { lines, calls, reads: readCount, isLinked: isLinked || isMade };
}
