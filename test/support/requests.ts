import { silentLog } from '../../src/base/log.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import { messageOf } from '../../src/domain/messages.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { CommandRequest } from '../../src/domain/request.ts';
import type { RequestAnswer } from '../../src/domain/rows.ts';
import type { Hold } from '../../src/domain/step.ts';
import type { Settled, Work } from '../../src/domain/work.ts';
import { createDispatch, handlerAtWork, workCommands } from '../../src/requests/dispatch.ts';
import type { Handler, Workplace } from '../../src/requests/request.ts';
import type { OpenVendor, VendorEnrolment, VendorLinking } from '../../src/vendors/vendor.ts';
import { MemoryPics } from '../memory/pics.ts';
import { MemoryStore } from '../memory/store.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { Killed } from './crash-at.ts';
import { anOutcome } from './ledger-records.ts';

export const scope = { vendor: 'onefile', centre: 'c1' } as const;

/** A command as it arrives, new. */
export function buildRequest(known: Partial<CommandRequest> & { kind: string }): CommandRequest {
  return {
    id: '7',
    vendor: 'onefile',
    ident: null,
    officer: null,
    organisation: null,
    payload: {},
    requestedBy: 'Ann (PICS)',
    status: 'new',
    txId: 99,
    ...known,
  };
}

/** A look after which both sides are level. */
export const level: Settled = {
  kind: 'settled',
  isLinked: true,
  calls: { 'read-aims': 1 },
  holds: [],
};

/** What a test decides about: the vendor's side of a command, and what a look at a lane comes to. */
export type Script = {
  readonly learners?: readonly Learner[];
  readonly linking?: Partial<VendorLinking>;
  readonly enrolment?: Partial<VendorEnrolment>;
  readonly look?: (work: Work) => Settled | Promise<Settled>;
  /** What happens elsewhere while a command waits. */
  readonly onSleep?: () => Promise<void>;
};

/** A workplace in memory. `did` is what happened to it, in its order: answers, looks and waits. */
export function openWorkplace(script: Script = {}) {
  const did: string[] = [];
  const works: Work[] = [];
  const clock = openClock(async (ms) => {
    did.push(`sleep ${ms}`);
    await script.onSleep?.();
  });
  const pics = new MemoryPics(script.learners ?? [], clock);
  const store = new MemoryStore(clock);
  const topics = new MemoryTopics(clock);
  topics.onPublish = (_topic, value) => {
    if ('kind' in value && value.kind === 'request-result') did.push(`answer ${value.answer.status}`);
  };
  const workplace: Workplace = {
    vendor: scriptVendor(script),
    engine: {
      submit: async (work) => {
        did.push(`look at ${work.ident}`);
        works.push(work);
        return script.look === undefined ? level : script.look(work);
      },
    },
    pics,
    store,
    topics,
    clock,
    liveLetters: [],
    signal: new AbortController().signal,
  };
  return { workplace, pics, store, topics, clock, did, works };
}

/** A clock that passes only while it is slept on. */
function openClock(onSleep: (ms: number) => Promise<void>): Clock {
  let nowMs = Date.parse('2026-07-01T09:00:00Z');
  return {
    nowMs: () => nowMs,
    steadyMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      await onSleep(ms);
    },
    chance: () => 0.5,
  };
}

/** A vendor that does what a test says, and nothing else. */
function scriptVendor({ linking, enrolment }: Script): OpenVendor {
  const unasked = (): never => {
    throw new Error('the test does not say what the vendor does here');
  };
  const { vendor: name, centre } = scope;
  return {
    name,
    title: 'OneFile',
    centre,
    address: 'https://onefile.example',
    columns: { learner: 'oneFileId', review: 'oneFileId', activePortfolio: 'O' },
    tables: [],
    settleMs: 0,
    callsPerMinute: 300,
    endedBySettings: [],
    decideRelevance: unasked,
    isForeignWrite: unasked,
    vendorIdsOf: unasked,
    evaluate: unasked,
    evaluateOwner: unasked,
    readKnowledge: unasked,
    digestRecord: unasked,
    reserveCall: unasked,
    execute: unasked,
    resolve: unasked,
    readPage: unasked,
    polling: {
      plans: [],
      dailyTime: { hour: 2, minute: 0 },
      mode: 'off',
      reviewTime: { entity: 'review', atMsField: 'at' },
      selectDaily: unasked,
      afterRead: unasked,
      ownerKindOf: () => null,
      matchOwners: () => ({ links: [], unclear: [] }),
      toMatchRecord: unasked,
      publishesAll: unasked,
      pushedOwners: [],
      readsOf: unasked,
      readsOfOwner: unasked,
      forecast: unasked,
    },
    linking: {
      isShown: unasked,
      searchOwners: unasked,
      findRecord: unasked,
      contradictionsOf: () => [],
      crossedBy: ({ lane, learner }) => ({
        freed: [],
        unlinks: lane.links.filter(({ kind, ident }) => ident === learner.ident && kind !== 'learner'),
        holds: [],
      }),
      refreshCatalogue: unasked,
      ...linking,
    },
    enrolment: { ask: unasked, refreshOffers: unasked, correct: unasked, ...enrolment },
    close: async () => {},
  };
}

type Place = Pick<ReturnType<typeof openWorkplace>, 'pics' | 'topics' | 'clock'>;

/**
 * Gives commands to handlers through the dispatcher. Their rows are in PICS, and what was answered is written into them
 * when a command has come to its end.
 */
export function openDispatch(
  { pics, topics, clock }: Place,
  handlers: Readonly<Record<string, Handler>>,
  { isEnabled = true as boolean | (() => Promise<boolean>) } = {},
) {
  const process = new AbortController();
  const mortal = ([name, handler]: [string, Handler]): [string, Handler] => [
    name,
    { ...handler, handle: (request, begin) => handler.handle(request, begin).catch(endWhenKilled) },
  ];
  const endWhenKilled = (error: unknown): never => {
    if (error instanceof Killed) process.abort(error);
    throw error;
  };
  const ports = {
    ...{ pics, topics, clock, log: silentLog, signal: process.signal },
    handlers: Object.fromEntries(Object.entries(handlers).map(mortal)),
    isEnabled: typeof isEnabled === 'boolean' ? async () => isEnabled : isEnabled,
  };
  const run = createDispatch({ ...ports, vendor: { name: 'onefile' } });
  const rows = openRows({ pics, topics });
  const dispatch = async (request: CommandRequest): Promise<void> => {
    await rows.insert(request);
    await run(request);
    await rows.write();
  };
  return { dispatch, answers: rows.answers };
}

/** The rows of commands, with a reconciler that writes answers into them when it is asked to. */
export function openRows({ pics, topics }: Pick<Place, 'pics' | 'topics'>) {
  let written = 0;
  const published = (): readonly RequestAnswer[] =>
    topics.itemsOf('request-result').flatMap((item) => (item.kind === 'request-result' ? [item.answer] : []));
  return {
    /** What was published about commands, with the result as a person sees it. */
    answers: (id?: string) =>
      published()
        .filter((answer) => id === undefined || answer.id === id)
        .map(({ result, ...answer }) => {
          return { ...answer, result: result === null ? null : (JSON.parse(result) as JsonObject) };
        }),
    insert: async ({ txId: _txId, status: _status, ...request }: CommandRequest): Promise<void> => {
      if (request.vendor === 'onefile' && (await pics.readRequest(request.id)) === null)
        pics.insertRequest(request);
    },
    write: async (): Promise<void> => {
      const answers = published().slice(written);
      written += answers.length;
      await writeAnswers(pics, answers);
    },
  };
}

async function writeAnswers(pics: MemoryPics, answers: readonly RequestAnswer[]): Promise<void> {
  await pics.withTransaction(async ({ applyAnswers }) => {
    await applyAnswers(answers);
    return { commit: true, value: null };
  });
}

/** A command that ended held, as its row says. */
export async function putHeldRequest(
  pics: MemoryPics,
  request: { readonly id: string; readonly kind: string; readonly ident: string },
): Promise<void> {
  pics.insertRequest({ ...request, vendor: 'onefile' });
  const answer = {
    id: request.id,
    status: 'held',
    code: 'VENDOR_REFUSED',
    message: null,
    result: null,
  } as const;
  await writeAnswers(pics, [{ ...answer, attempts: 1, startedAtMs: null, finishedAtMs: 1 }]);
}

/** Something of a lane waits for a person. */
export async function holdAt({ ledger }: MemoryStore, ident: string, hold: Hold): Promise<void> {
  const key = { ...scope, ident };
  const { version } = await ledger.readLane({
    ...key,
    officers: [],
    organisations: [],
    learnerVendorIds: [],
  });
  await ledger.recordOutcome(anOutcome({ ...key, version, holds: [{ ...hold, requestHash: 'hash' }] }));
}

/** The commands that need an enabled vendor, at a workplace. */
export function handlersAt(workplace: Workplace): Readonly<Record<string, Handler>> {
  return Object.fromEntries(
    Object.entries(workCommands).map(([name, command]) => [
      name,
      handlerAtWork(command, async () => workplace),
    ]),
  );
}

/** A code with the sentence that a person reads: the parameters of an answer are seen in it. */
export function says(code: string, params: Readonly<Record<string, string>> = {}) {
  return { code, message: messageOf(code, { vendor: 'onefile', ...params }) };
}

/** Runs one handler alone, and says whether it began. */
export async function runHandler(handle: Handler['handle'], request: CommandRequest) {
  const began: string[] = [];
  const answer = await handle(request, async () => {
    began.push(request.id);
  });
  return { answer, hasBegun: began.length > 0 };
}
