import { AsyncLocalStorage } from 'node:async_hooks';
import type { ApiAnswer } from '../../../simulators/common/in-process.ts';
import { createInProcessOneFile, type InProcessOneFile } from '../../../simulators/onefile/in-process.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Call } from '../../../src/domain/step.ts';
import type { Connect, Transport } from '../../../src/vendors/onefile/client/transport.ts';
import { toNames } from '../../../src/vendors/onefile/wire/names.ts';
import {
  toAim,
  toAssessor,
  toClassroom,
  toLearner,
  toPlacement,
  toReview,
  toStandard,
} from '../../../src/vendors/onefile/wire/normal-form.ts';
import { control } from '../../memory/door.ts';
import type { createRandom } from '../../support/random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { Line } from './line.ts';

export const centre = '301';
export const at = { vendor: 'onefile', centre } as const;

/** A registration number that OneFile never takes, and the minute of a review that it never takes. */
export const refusedNumber = 'REFUSED';
export const refusedMinute = 13;

export type Entity =
  | 'learner'
  | 'learning-aim'
  | 'review'
  | 'assessor'
  | 'placement'
  | 'classroom'
  | 'standard';
export type StoredRecord = { readonly entity: Entity; readonly id: string; readonly record: JsonObject };

type Row = Readonly<Record<string, Json>>;

/** Where the simulator keeps an entity, and what the fields that this simulation sets are called there. */
const tables = {
  learner: {
    kind: 'users',
    firstId: 400_001,
    fixed: { OrganisationID: Number(centre), Role: 1 },
    fields: {
      ...{ firstName: 'FirstName', lastName: 'LastName', email: 'Email', misId: 'MISID', dob: 'DOB' },
      ...{ phone: 'Telephone', mobile: 'MobileNumber' },
    },
  },
  assessor: {
    kind: 'users',
    firstId: 400_001,
    fixed: { OrganisationID: Number(centre), Role: 5 },
    fields: { firstName: 'FirstName', lastName: 'LastName', email: 'Email', misId: 'MISID' },
  },
  'learning-aim': {
    kind: 'aims',
    firstId: 600_001,
    fixed: {},
    fields: {
      ...{ learnerId: 'UserID', standardId: 'StandardID', progress: 'Progress', achievedOn: 'AchievedDate' },
      ...{ registrationNumber: 'RegistrationNumber', registeredOn: 'RegistrationDate' },
      certificateAppliedOn: 'CertificateAppliedDate',
      certificateReceivedOn: 'CertificateReceivedDate',
      ...{ elementsTotal: 'ElementsTotal', elementsDone: 'ElementsDone' },
    },
  },
  review: {
    kind: 'reviews',
    firstId: 800_001,
    fixed: {},
    fields: {
      ...{ learnerId: 'LearnerID', assessorId: 'AssessorID', scheduledForMs: 'ScheduledFor' },
      ...{ startedAtMs: 'StartedOn', learnerSignedAtMs: 'LearnerSignedOn' },
    },
  },
  placement: {
    kind: 'placements',
    firstId: 30_001,
    fixed: { OrganisationID: Number(centre) },
    fields: { name: 'Name' },
  },
  classroom: {
    kind: 'classrooms',
    firstId: 2_001,
    fixed: { OrganisationID: Number(centre) },
    fields: { name: 'Name' },
  },
  standard: {
    kind: 'standards',
    firstId: 5_001,
    fixed: { organisationIds: [Number(centre)] },
    fields: { title: 'Title', code: 'code' },
  },
} as const satisfies Record<Entity, { kind: string; firstId: number; fixed: JsonObject; fields: JsonObject }>;

/** A write that OneFile carried out for the sync. */
export type Written = {
  readonly name: string;
  readonly subject: string;
  /** Id of the record that was made or changed. */
  readonly vendorId: string;
  readonly request: JsonObject;
  /** What the record held before, in the normal form. */
  readonly before: JsonObject;
  readonly atMs: number;
};

const names = toNames();

/**
 * OneFile in the month: the simulator in process, which people use through its control door and the product's own
 * client through a line that is slow, cut and throttled.
 *
 * People and judges see a record in the normal form. It is read from the simulator's rows each time, so it is what the
 * simulator holds, whoever wrote it. A write of the sync is noted when the simulator has carried it out, also when
 * its answer is lost: the call under way is known from the asynchronous context in which the client sends.
 */
export class OneFileState {
  readonly written: Written[] = [];
  /** Ids of records that people deleted: `entity id`. */
  readonly deleted = new Set<string>();
  /** When a person last changed a field of a record: `id field`. */
  readonly typedAtMs = new Map<string, number>();
  readonly #simulator: InProcessOneFile;
  readonly #clock: VirtualClock;
  readonly #calls = new AsyncLocalStorage<Call>();
  readonly #newest = new Map<string, number>();
  readonly #views = new WeakMap<object, JsonObject>();

  /** `keepsCertificateReceived`: whether the centre has a field for the date a certificate was received (O12). */
  constructor(clock: VirtualClock, keepsCertificateReceived: boolean) {
    this.#clock = clock;
    this.#simulator = createInProcessOneFile({ nowMs: clock.nowMs });
    const simulator = this.#simulator;
    simulator.load({
      customers: [{ ID: 11, Name: 'Larkfield', token: 'sim-customer-1' }],
      organisations: [{ ID: Number(centre), Name: 'Larkfield' }],
    });
    control(simulator, 'PATCH', '/switches', {
      'rate-limit': 0,
      elements: 'pair',
      ...(keepsCertificateReceived ? {} : { 'certificate-received-name': 'NoSuchDate' }),
    });
    const refuse = { type: 'answer', status: 400, body: JSON.stringify({ message: 'not with us' }) };
    const refusals: readonly Json[] = [
      { method: 'POST', path: 'LearningAim/{id}', bodyIncludes: `"${refusedNumber}"` },
      { method: 'POST', path: 'Review', bodyIncludes: `:${refusedMinute}:00` },
    ];
    for (const match of refusals)
      control(simulator, 'POST', '/rules', { match, times: null, action: refuse });
  }

  table(entity: Entity): ReadonlyMap<string, JsonObject> {
    const { fixed } = tables[entity];
    const role = 'Role' in fixed ? fixed.Role : null;
    const rows = this.#rows(entity).filter((row) => role === null || row['Role'] === role);
    return new Map(rows.map((row) => [String(row['ID']), this.#view(entity, row)]));
  }

  find(entity: Entity, id: string): JsonObject | undefined {
    const row = this.#find(entity, id);
    return row === undefined ? undefined : this.#view(entity, row);
  }

  /** Aims or reviews of a learner, in the order of their ids. */
  ofLearner(entity: Entity, learnerId: string): readonly StoredRecord[] {
    const owner = entity === 'review' ? 'LearnerID' : 'UserID';
    return this.#rows(entity)
      .filter((row) => String(row[owner]) === learnerId)
      .map((row) => ({ entity, id: String(row['ID']), record: this.#view(entity, row) }));
  }

  /** A record that a person makes. Gives its id. */
  add(entity: Entity, record: JsonObject): string {
    const { kind, firstId } = tables[entity];
    const known = this.#rows(entity).map((row) => Number(row['ID']));
    const id = Math.max(firstId - 1, this.#newest.get(kind) ?? 0, known.at(-1) ?? 0) + 1;
    this.#newest.set(kind, id);
    this.#load(entity, { ...tables[entity].fixed, ...this.#toRow(entity, record), ID: id });
    return String(id);
  }

  /** As a person does it on a page of OneFile. */
  edit(entity: Entity, id: string, change: JsonObject): void {
    const known = this.#find(entity, id);
    if (known === undefined) return;
    const nowMs = this.#clock.nowMs();
    const touched = tables[entity].kind === 'users' ? { LastModified: new Date(nowMs).toISOString() } : {};
    this.#load(entity, { ...known, ...this.#toRow(entity, change), ...touched });
    for (const field of Object.keys(change)) this.typedAtMs.set(`${id} ${field}`, nowMs);
  }

  remove(entity: Entity, id: string): void {
    const { kind } = tables[entity];
    control(this.#simulator, 'POST', `/act/${kind}/${id}/delete`);
    // OneFile gives no id twice.
    this.#newest.set(kind, Math.max(this.#newest.get(kind) ?? 0, Number(id)));
    this.deleted.add(`${entity} ${id}`);
  }

  /** Runs a call of the sync, so that what OneFile carries out meanwhile is noted as its work. */
  during<R>(call: Call, run: () => R): R {
    return this.#calls.run(call, run);
  }

  /**
   * A process's way to OneFile. What the line does to a call is decided when it leaves. Work that is done late is done
   * although the client has long given up.
   */
  connect(line: Line, random: ReturnType<typeof createRandom>): Connect {
    const clock = this.#clock;
    return ({ callTimeoutMs }) =>
      ({
        send: async ({ method, path, headers, body }) => {
          const call = this.#calls.getStore();
          const passage = line.pass();
          await line.travel();
          if (passage === 'throttled')
            return {
              ...{ kind: 'answer', status: 429, body: '', serverTimeMs: null },
              retryAfter: String(1 + random.below(20)),
            };
          if (passage === 'down')
            return { kind: 'answer', status: 503, body: '', serverTimeMs: null, retryAfter: null };
          if (passage === 'refused') return { kind: 'unreachable', detail: 'ECONNREFUSED' };
          if (passage === 'cut-before-done') return { kind: 'unknown', detail: 'ECONNRESET' };
          const work = (): ApiAnswer =>
            this.#carryOut(call, () => this.#simulator.send({ method, path, headers, body }));
          if (passage === 'done-late') {
            // The work ends before or after the client gives up, and at twice that time at the latest.
            void clock.sleep(random.below(2 * callTimeoutMs)).then(work);
            await clock.sleep(random.chance() < 0.5 ? callTimeoutMs : random.below(callTimeoutMs));
            return { kind: 'unknown', detail: 'TIMEOUT' };
          }
          const answer = work();
          await line.travel();
          if (passage === 'done-then-cut' || answer.kind === 'cut')
            return { kind: 'unknown', detail: 'ECONNRESET' };
          return {
            ...{ kind: 'answer', status: answer.status, body: answer.body },
            serverTimeMs: Date.parse(answer.headers['date'] ?? ''),
            retryAfter: answer.headers['retry-after'] ?? null,
          };
        },
        close: async () => {},
      }) satisfies Transport;
  }

  #carryOut(call: Call | undefined, work: () => ApiAnswer): ApiAnswer {
    const seen = this.#simulator.changes().length;
    const answer = work();
    if (call === undefined || call.effect === 'read') return answer;
    const changes = this.#simulator.changes().slice(seen);
    const change = changes.find(({ before }) => (call.effect === 'create') === (before === null)) ?? null;
    if (change === null) return answer;
    const entity = (Object.keys(tables) as Entity[]).find((one) => tables[one].kind === change.kind);
    const before =
      change.before === null || entity === undefined ? {} : this.#view(entity, change.before as Row);
    const { name, subject, request } = call;
    const vendorId = String(change.id);
    this.written.push({ name, subject, vendorId, request, before, atMs: this.#clock.nowMs() });
    return answer;
  }

  #rows(entity: Entity): readonly Row[] {
    return this.#simulator.control('GET', `/records/${tables[entity].kind}`)
      .body as unknown as readonly Row[];
  }

  #find(entity: Entity, id: string): Row | undefined {
    const reply = this.#simulator.control('GET', `/records/${tables[entity].kind}/${id}`);
    if (reply.status !== 200) return undefined;
    const row = reply.body as unknown as Row;
    const { fixed } = tables[entity];
    return 'Role' in fixed && row['Role'] !== fixed.Role ? undefined : row;
  }

  #load(entity: Entity, row: Row): void {
    this.#simulator.load({ [tables[entity].kind]: [row] });
  }

  #view(entity: Entity, row: Row): JsonObject {
    const known = this.#views.get(row);
    if (known !== undefined) return known;
    const view = this.#toRecord(entity, row, String(row['ID']));
    this.#views.set(row, view);
    return view;
  }

  #toRecord(entity: Entity, row: Row, id: string): JsonObject {
    switch (entity) {
      case 'learner':
        return toLearner(row, id, names);
      case 'assessor':
        return toAssessor(row, id, names);
      case 'learning-aim': {
        const standard = this.find('standard', String(row['StandardID']));
        return toAim(row, id, names, (standard?.['code'] ?? null) as string | null);
      }
      case 'review':
        return toReview(row, id);
      case 'placement':
        return toPlacement(row, id, names);
      case 'classroom':
        return toClassroom(row, id, names);
      case 'standard':
        return toStandard({ ...row, [names('standard.code')]: row['code'] ?? null }, id, names);
    }
  }

  /** Our names and values as the simulator stores them: ids as numbers, times and dates as instants. */
  #toRow(entity: Entity, record: JsonObject): Row {
    const fields: Readonly<Record<string, string>> = tables[entity].fields;
    return Object.fromEntries(
      Object.entries(record).map(([field, value]) => {
        const name = fields[field];
        if (name === undefined) throw new Error(`people in the month do not set ${field} of a ${entity}`);
        return [name, toStored(field, value)];
      }),
    );
  }
}

function toStored(field: string, value: Json): Json {
  if (value === null) return null;
  if (field.endsWith('Ms')) return new Date(Number(value)).toISOString();
  if (field.endsWith('On') || field === 'dob') return `${String(value)}T00:00:00.000Z`;
  return field.endsWith('Id') && field !== 'misId' ? Number(value) : value;
}
