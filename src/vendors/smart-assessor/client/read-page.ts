import type { Log } from '../../../base/log.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { VendorFailure } from '../../../domain/outcome.ts';
import type { PollPage, PollResource, ReadPage } from '../../../domain/polling.ts';
import { compareText } from '../../common/who.ts';
import type { Answer, Listing, Problem } from '../port.ts';
import { type Entity, type KeptDetails, toObservations } from '../rules/records.ts';
import type { Account, SmartAssessor } from './client.ts';
import { toFailure } from './failures.ts';

/** The six collections of the site, people before what they have. Each is read whole (D-21). */
export const pollResources: readonly PollResource[] = [
  { name: 'courses', entity: 'course', scope: 'centre' },
  { name: 'assessors', entity: 'assessor', scope: 'centre' },
  { name: 'employers', entity: 'employer', scope: 'centre' },
  { name: 'learners', entity: 'learner', scope: 'centre' },
  { name: 'learner-courses', entity: 'learner-course', scope: 'centre' },
  { name: 'sessions', entity: 'session', scope: 'centre' },
];

/** Records in one page: a transaction of the store, and a message to the broker, each of a moderate size. */
const pageSize = 500;

/** The place in a collection: from which reading, after which record, and whether all readings before it were whole. */
type Cursor = { readonly reading: string; readonly after: string; readonly isComplete: boolean };

/** A collection as it was read, in the order of its ids. */
type Reading = {
  readonly id: string;
  readonly observations: readonly Observation[];
  readonly isComplete: boolean;
};

type Request = Parameters<ReadPage>[0];

type ReadPageOptions = {
  readonly port: Pick<SmartAssessor, 'call'>;
  readonly site: string;
  readonly kept: KeptDetails;
  readonly log: Log;
  /** In [0, 1). */
  readonly chance: () => number;
};

/**
 * Reads collections page by page.
 *
 * The vendor has neither pages nor a filter by time, so the first page reads the whole collection. What was read is kept
 * until its last page is taken, and the others come out of it without a call. A process that goes on where another one
 * stood does not have that reading: it reads the collection again and goes on after the last record of the place. The
 * place remembers whether what was read up to there was whole.
 *
 * A list that came cut, paged or with a row without a usable id is not whole. Its records count, and its last page says
 * that what was not shown may be there all the same. What could not be understood is logged once, by entity and field.
 */
export function createReadPage({ port, site, kept, log, chance }: ReadPageOptions): ReadPage {
  const readings = new Map<string, Reading>();
  const reported = new Set<string>();

  function report(entity: string, problems: readonly Problem[]): void {
    for (const [name, some] of Map.groupBy(problems, ({ field, code }) => `${field} ${code}`)) {
      if (reported.has(`${entity} ${name}`)) continue;
      reported.add(`${entity} ${name}`);
      const [first] = some;
      log.warn('Smart Assessor shows content that could not be understood: those fields are left out', {
        entity,
        field: first?.field ?? '',
        code: first?.code ?? '',
        count: some.length,
      });
    }
  }

  async function readCollection({ resource, cause, extent }: Request): Promise<Reading | VendorFailure> {
    const account: Account = { priority: extent === 'full' ? 'poll' : 'replay', prepaid: 0 };
    const entity = resource.entity as Entity;
    const answer = await readers[entity](port, account);
    if (answer.kind !== 'ok') return toFailure(answer, 'read-courses', {});
    const { problems, isComplete } = answer.value;
    report(entity, problems);
    const observations = toObservations(entity, answer.value as never, { site, cause, kept });
    return {
      id: Math.floor(chance() * 2 ** 32).toString(36),
      observations: observations.toSorted((a, b) => compareText(a.vendorId, b.vendorId)),
      isComplete,
    };
  }

  return async (request) => {
    const cursor: Cursor | null = request.cursor === null ? null : JSON.parse(request.cursor);
    const key = `${request.resource.name} ${request.extent}`;
    const known = readings.get(key);
    const reading = cursor !== null && known?.id === cursor.reading ? known : await readCollection(request);
    if ('kind' in reading) return reading;
    const page = cutPage(reading, cursor);
    if (request.isProbe === true) return page;
    if (page.next === null) readings.delete(key);
    else readings.set(key, reading);
    return page;
  };
}

function cutPage({ id, observations, ...reading }: Reading, cursor: Cursor | null): PollPage {
  const after = cursor?.after ?? '';
  const isComplete = reading.isComplete && cursor?.isComplete !== false;
  const found = cursor === null ? 0 : observations.findIndex(({ vendorId }) => vendorId > after);
  const from = found === -1 ? observations.length : found;
  const some = observations.slice(from, from + pageSize);
  const last = some.at(-1);
  const isLast = from + pageSize >= observations.length || last === undefined;
  const next: Cursor | null = isLast ? null : { reading: id, after: last.vendorId, isComplete };
  return {
    kind: 'page',
    observations: some,
    next: next === null ? null : JSON.stringify(next),
    ...(isLast && !isComplete && { isPartial: true }),
  };
}

type Reader = (port: Pick<SmartAssessor, 'call'>, account: Account) => Promise<Answer<Listing<unknown>>>;

const readers: { readonly [E in Entity]: Reader } = {
  course: (port, account) => port.call('read-courses', {}, account),
  assessor: (port, account) => port.call('read-assessors', { includeArchived: true }, account),
  employer: (port, account) => port.call('read-employers', {}, account),
  learner: (port, account) => port.call('read-learners', { includeArchived: true }, account),
  'learner-course': (port, account) => port.call('read-learner-courses', {}, account),
  session: (port, account) => port.call('read-sessions', {}, account),
};
