import type {
  Answer,
  AssessorRecord,
  Capabilities,
  EmployerRecord,
  LearnerCourseRecord,
  LearnerRecord,
  Listing,
  Operation,
  Operations,
  PortFailure,
  SessionRecord,
} from '../port.ts';
import { contractOf } from '../wire/all.ts';
import type { Contract, ReadAnswer, Reading, WireOperation, WireRequest } from '../wire/contract.ts';
import { isSameId } from '../wire/ids.ts';
import { isOfLearner, matchMisId } from '../wire/records.ts';
import { type Account, createRequests, type RequestsOptions } from './requests.ts';
import { type Connect, createTransport } from './transport.ts';
import { createWholeLists } from './whole-lists.ts';

export type { Account };

/** Smart Assessor as the sync knows it. */
export type SmartAssessor = {
  /** How it is spoken to, and what this site can do. */
  readonly contract: Pick<Contract, 'id' | 'trust' | 'names' | 'widths'> & {
    readonly capabilities: Capabilities;
  };
  /**
   * Asks for one operation. What is expected is a value, failures included; it rejects only with the reason of an aborted
   * signal, or when the budget is closed.
   */
  call<O extends Operation>(
    operation: O,
    input: Operations[O]['input'],
    account: Account,
  ): Promise<Answer<Operations[O]['output']>>;
  close(): Promise<void>;
};

type SmartAssessorOptions = Omit<RequestsOptions, 'contract' | 'transport'> & {
  /** How requests are sent; by default over HTTP. */
  readonly connect?: Connect;
};

/** Operations that a site may not have although the contract has a call for them. */
const neededCapability: Readonly<Partial<Record<Operation, keyof Capabilities>>> = {
  'read-units': 'units',
  'set-second-assessor': 'secondAssessor',
  'write-mis-id': 'storesMisId',
  'find-learner': 'storesMisId',
  'find-employer': 'storesMisId',
  'find-assessor': 'storesMisId',
};

/**
 * Creates the port over a contract.
 *
 * A call goes through four steps: what the site cannot do is said at once; the contract makes requests of the input;
 * they are sent; the contract reads the answers. A look-up for which the site has no filter is made in the whole list
 * instead, which is kept for a moment.
 */
export function createSmartAssessor(options: SmartAssessorOptions): SmartAssessor {
  const { connection, connect = createTransport, steadyMs } = options;
  const contract = contractOf(connection.contract);
  const { site, isDryRun } = connection;
  const { capabilities } = site;
  const transport = connect(connection);
  const requests = createRequests({ ...options, contract, transport });
  const lists = createWholeLists(steadyMs);

  /** Sends what the contract makes of the input, and reads it. */
  async function exchange<O extends Operation>(
    operation: O,
    way: WireOperation<O>,
    input: Operations[O]['input'],
    account: Account,
  ): Promise<Answer<Operations[O]['output']>> {
    const { effect } = way;
    const wanted = way.requests(input, site);
    if (!isList(wanted)) return wanted;
    const isWrite = effect !== 'read';
    if (isWrite && isDryRun && !capabilities.dryRun) return { kind: 'dry-run' };

    const records = way.records?.(site);

    /** A function of its own, so that what was parsed is let go before the next request. */
    async function ask(request: WireRequest): Promise<Answer<Operations[O]['output']>> {
      const sent = await requests.send(request, { operation, effect, account, records });
      if (sent.kind !== 'ok') return sent;
      if (isWrite && isDryRun) return { kind: 'dry-run' };
      return toAnswer(way.read(sent.answer, input, site), effect, sent.answer);
    }

    try {
      const [first, ...others] = wanted;
      if (first === undefined)
        throw new Error(`The contract ${contract.id} makes no request of ${operation}`);
      let whole = await ask(first);
      for (const request of others) {
        if (whole.kind !== 'ok') return whole;
        const other = await ask(request);
        if (other.kind !== 'ok') return other;
        if (way.join === undefined)
          throw new Error(`The contract ${contract.id} joins no answers of ${operation}`);
        whole = { kind: 'ok', value: way.join(whole.value, other.value) };
      }
      return whole;
    } finally {
      if (isWrite) lists.forget();
    }
  }

  async function call<O extends Operation>(
    operation: O,
    input: Operations[O]['input'],
    account: Account,
  ): Promise<Answer<Operations[O]['output']>> {
    const capability = neededCapability[operation];
    if (capability !== undefined && capabilities[capability] === false)
      return { kind: 'unsupported', capability };
    if (clears(operation, input) && !capabilities.clearsByEmpty)
      return { kind: 'unsupported', capability: 'clearsByEmpty' };
    const way = contract.operations[operation];
    if ('unsupported' in way) return { kind: 'unsupported', capability: way.unsupported };
    const lookUp = lookUps[operation];
    if (lookUp !== undefined && ('inList' in way || isWithoutFilter(operation, input, capabilities)))
      return (await lookInList(lookUp, input, account)) as Answer<Operations[O]['output']>;
    if ('inList' in way) throw new Error(`The contract ${contract.id} has no call for ${operation}`);
    const startedAtMs = steadyMs();
    const answer = await exchange(operation, way as unknown as WireOperation<O>, input, account);
    if (answer.kind === 'rejected' && answer.code === 'missing')
      return judgeMissing(operation, answer, account);
    if (operation !== 'test-connection' || answer.kind !== 'ok') return answer;
    const latencyMs = Math.round(steadyMs() - startedAtMs);
    return { kind: 'ok', value: { latencyMs } as Operations[O]['output'] };
  }

  /**
   * What a record that is missing means. Without a word of the vendor's it may be a gateway that knows no such path; then
   * one call more shows whether the service is there at all, so that an outage does not look like a site without people.
   */
  async function judgeMissing<O extends Operation>(
    operation: O,
    answer: PortFailure,
    account: Account,
  ): Promise<Answer<Operations[O]['output']>> {
    if (operation !== 'test-connection' && answer.detail === '') {
      const probe = await call('test-connection', {}, account);
      if (probe.kind !== 'ok') return { kind: 'unreachable', cause: 'status', detail: 'HTTP 404' };
    }
    if (operation !== 'read-learner') return answer;
    return { kind: 'ok', value: null as Operations[O]['output'] };
  }

  async function lookInList(
    { list, input: listInput, pick }: LookUp,
    input: unknown,
    account: Account,
  ): Promise<Answer<unknown>> {
    const answer = await lists.take(list, account.isFresh ?? false, async () => {
      const read = await call(list, listInput as never, account);
      return read.kind === 'ok' || isPortFailure(read) ? (read as never) : incomplete;
    });
    if (answer.kind !== 'ok') return answer;
    const picked = pick(answer.value, input, capabilities);
    const { readAtMs } = answer.value;
    return picked === undefined ? incomplete : { kind: 'ok', value: picked, readAtMs };
  }

  const { id, trust, names, widths } = contract;
  return {
    contract: { id, trust, names, widths, capabilities },
    call,
    close: () => transport.close(),
  };
}

function isList(wanted: readonly WireRequest[] | PortFailure): wanted is readonly WireRequest[] {
  return Array.isArray(wanted);
}

function isPortFailure(answer: Answer<unknown>): answer is PortFailure {
  return answer.kind !== 'ok' && answer.kind !== 'dry-run' && answer.kind !== 'unsupported';
}

/** A list that is not whole proves nothing, so nothing is concluded from it. */
const incomplete: PortFailure = { kind: 'rejected', code: 'unreadable', fields: [], detail: '' };

function toAnswer<T>(
  reading: Reading<T> | PortFailure,
  effect: WireOperation<Operation>['effect'],
  { body }: ReadAnswer,
): Answer<T> {
  switch (reading.kind) {
    case 'value':
      return { kind: 'ok', value: reading.value };
    case 'empty-id':
      // Q13: it may have been made all the same, so it is looked for, never taken for a success.
      return { kind: 'unknown', isEmptyId: true, detail: 'empty-id' };
    case 'unreadable':
      if (effect !== 'read') return { kind: 'unknown', isEmptyId: false, detail: 'UNREADABLE' };
      return body.kind === 'value' ? incomplete : { kind: 'unreachable', cause: 'cut', detail: 'UNREADABLE' };
    default:
      return reading;
  }
}

/** Whether an input asks for a field to be cleared. */
function clears(operation: Operation, input: unknown): boolean {
  if (operation === 'write-mis-id') return (input as Operations['write-mis-id']['input']).misId === null;
  if (operation !== 'update-learner' && operation !== 'update-assessor') return false;
  const { fields } = input as Operations['update-learner']['input'];
  return Object.values(fields).some(
    (value) => value === null || (typeof value === 'string' && value.trim() === ''),
  );
}

function isWithoutFilter(operation: Operation, input: unknown, capabilities: Capabilities): boolean {
  if (operation.startsWith('find-')) return !capabilities.filterByMisId;
  const { learnerId } = input as { readonly learnerId?: string };
  return learnerId !== undefined && operation !== 'read-learner' && !capabilities.filterByLearner;
}

/** How one record or a few are found in a whole list. `pick`: undefined = the list proves nothing. */
type LookUp = {
  readonly list:
    | 'read-learners'
    | 'read-employers'
    | 'read-assessors'
    | 'read-learner-courses'
    | 'read-sessions';
  readonly input: object;
  pick(listing: Listing<unknown>, input: unknown, capabilities: Capabilities): unknown;
};

type Found = LearnerRecord | EmployerRecord | AssessorRecord;

function findIn(list: LookUp['list']): LookUp {
  return {
    list,
    input: { includeArchived: true },
    pick: (listing, input, { misIdForm }) =>
      matchMisId(listing as Listing<Found>, (input as { readonly misId: string }).misId, misIdForm) ??
      undefined,
  };
}

function ofLearner(list: LookUp['list']): LookUp {
  return {
    list,
    input: {},
    pick: (listing, input) => {
      const { records } = listing as Listing<LearnerCourseRecord | SessionRecord>;
      const isTheirs = isOfLearner((input as { readonly learnerId?: string }).learnerId);
      return { ...listing, records: records.filter((record) => isTheirs(record as never)) };
    },
  };
}

const lookUps: Readonly<Partial<Record<Operation, LookUp>>> = {
  'find-learner': findIn('read-learners'),
  'find-employer': findIn('read-employers'),
  'find-assessor': findIn('read-assessors'),
  'read-learner': {
    list: 'read-learners',
    input: { includeArchived: true },
    pick: ({ records, isComplete }, input) => {
      const { id } = input as Operations['read-learner']['input'];
      const found = (records as readonly LearnerRecord[]).find((record) => isSameId(record.id, id));
      return found ?? (isComplete ? null : undefined);
    },
  },
  'read-learner-courses': ofLearner('read-learner-courses'),
  'read-sessions': ofLearner('read-sessions'),
};
