import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Log } from '../base/log.ts';
import type { JsonObject } from '../domain/json.ts';
import { messageOf } from '../domain/messages.ts';
import type { Clock, Store } from '../domain/ports.ts';
import type { NewRequest, RequestRow } from '../domain/request.ts';
import { maySeeNames } from '../domain/user.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { cookieName, refuse } from './admission.ts';
import {
  type CommandRequest,
  commandPath,
  commandRequest,
  heldPath,
  heldQuery,
  itemsQuery,
  type Me,
  passwordRequest,
  runPath,
  type Start,
  signInRequest,
} from './api.ts';
import { createLiveStream } from './live.ts';
import type { PasswordCost } from './passwords.ts';
import {
  listShownRuns,
  type PageVendor,
  type ReadPorts,
  readHeld,
  readHome,
  readRun,
  readRunItems,
  readRunReport,
  readWaiting,
  toCommandState,
  toSummaries,
} from './reads.ts';
import { changePassword, proofOf, readVisitor, signIn, signOut, type Visitor } from './sign-in.ts';

/** Commands as rows of PICS: given here, carried out by the roles, answered in the row. */
type CommandPort = {
  give(request: NewRequest): Promise<boolean>;
  /** Null: it is gone. */
  read(id: string): Promise<RequestRow | null>;
};

export type PagePorts = ReadPorts & {
  readonly store: Pick<Store, 'held' | 'runs' | 'links' | 'users'>;
  readonly commands: CommandPort;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly log: Log;
};

export type RouteSettings = {
  /** How dear a password is to check; tests make it cheap. */
  readonly cost?: PasswordCost;
};

const wait = {
  code: 'WAIT',
  sentence: 'There were too many wrong attempts. Wait a quarter of an hour, then try again.',
};
const wrong = { code: 'WRONG', sentence: 'The user name or the password is wrong.' };

/** The addresses under `/api`, each with what it needs. */
export function addRoutes(api: FastifyInstance, ports: PagePorts, settings: RouteSettings): void {
  addSignIn(api, ports, settings);
  addViews(api, ports);
  addCommands(api, ports);
  addLive(api, ports);
}

function addSignIn(api: FastifyInstance, { store: { users }, vendors }: PagePorts, settings: RouteSettings) {
  const signInPorts = { users, ...(settings.cost !== undefined && { cost: settings.cost }) };
  api.get('/api/start', { config: { needs: 'anyone' } }, async ({ visitor }): Promise<Start> => {
    const user = visitor === null ? null : toMe(visitor, vendors);
    return { user, hasUsers: user !== null || (await users.list()).length > 0 };
  });

  // Beside the count of failures: each attempt costs a good deal of time and memory.
  const perMinute = { max: 30, timeWindow: 60_000 };
  api.post(
    '/api/sign-in',
    { config: { needs: 'anyone', rateLimit: perMinute }, bodyLimit: 4_096 },
    async (request, reply) => {
      const given = read(signInRequest, request.body, reply);
      if (given === null) return reply;
      const came = await signIn(given, request.ip, signInPorts);
      if (came.kind === 'wait') return refuse(reply.header('retry-after', '900'), 429, wait);
      if (came.kind === 'wrong') return refuse(reply, 401, wrong);
      return setCookie(reply, request, came.token).code(204).send();
    },
  );
  api.post('/api/sign-out', { config: { beforeChange: true } }, async (request, reply) => {
    await signOut(visitorOf(request), request.ip, users);
    return reply.clearCookie(cookieName, { path: '/' }).code(204).send();
  });
  api.post(
    '/api/password',
    { config: { beforeChange: true, rateLimit: perMinute }, bodyLimit: 4_096 },
    async (request, reply) => {
      const given = read(passwordRequest, request.body, reply);
      if (given === null) return reply;
      const came = await changePassword(visitorOf(request), given, request.ip, signInPorts);
      if (came.kind === 'wait') return refuse(reply, 429, wait);
      if (came.kind === 'wrong')
        return refuse(reply, 400, { code: 'WRONG', sentence: 'The present password is wrong.' });
      if (came.kind === 'refused') return refuse(reply, 400, { code: 'WEAK', sentence: came.sentence });
      return setCookie(reply, request, came.token).code(204).send();
    },
  );
}

function toMe(
  { user: { name, role, mustChange, seesNames }, token }: Visitor,
  vendors: readonly PageVendor[],
): Me {
  return {
    ...{ name, role, mustChange, seesNames: maySeeNames({ role, seesNames }), token: proofOf(token) },
    vendors: vendors.map((vendor) => ({ name: vendor.name, title: vendor.title })),
  };
}

function setCookie(reply: FastifyReply, { protocol }: FastifyRequest, token: string): FastifyReply {
  const secure = protocol === 'https';
  return reply.setCookie(cookieName, token, { path: '/', httpOnly: true, sameSite: 'strict', secure });
}

function addViews(api: FastifyInstance, ports: PagePorts): void {
  const { store, vendors, clock } = ports;
  const views = createViewRecord(ports);
  api.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  api.get('/api/home', async () => readHome(ports, await listShownRuns(ports)));
  api.get('/api/waiting', () => readWaiting(ports));
  api.get('/api/waiting/:vendor/:code', async (request, reply) => {
    const [at, query] = [read(heldPath, request.params, reply), read(heldQuery, request.query, reply)];
    if (at === null || query === null) return reply;
    const vendor = findVendor(at.vendor, vendors);
    if (vendor === null) return refuse(reply, 404, noVendor(at.vendor));
    const { user } = visitorOf(request);
    const seesNames = maySeeNames(user);
    const group = { vendor, code: at.code, after: query.after };
    const found = await readHeld(ports, group, { seesNames });
    const idents = found.records.map(({ ident }) => ident);
    const about = `held ${at.code} of ${vendor}`;
    if (seesNames && idents.length > 0)
      await views.note({ by: user.name, act: 'view', about, idents, address: request.ip }, clock.nowMs());
    return found;
  });
  api.get('/api/runs', async () => toSummaries(await listShownRuns(ports), vendors));
  api.get('/api/runs/:id', async (request, reply) => {
    const at = read(runPath, request.params, reply);
    if (at === null) return reply;
    return (await readRun(ports, at.id)) ?? refuse(reply, 404, noRun(at.id));
  });
  api.get('/api/runs/:id/items', async (request, reply) => {
    const [at, query] = [read(runPath, request.params, reply), read(itemsQuery, request.query, reply)];
    if (at === null || query === null) return reply;
    if ((await store.runs.read(at.id)) === null) return refuse(reply, 404, noRun(at.id));
    return readRunItems(ports, at.id, query.after);
  });
  api.get('/api/runs/:id/report.csv', async (request, reply) => {
    const at = read(runPath, request.params, reply);
    if (at === null) return reply;
    if ((await store.runs.read(at.id)) === null) return refuse(reply, 404, noRun(at.id));
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="run-${at.id}.csv"`)
      .send(Readable.from(readRunReport(ports, at.id)));
  });
}

type Note = Parameters<PagePorts['store']['users']['recordAudit']>[0];

const repeatAfterMs = 600_000;

/** Views that follow upon one another, as of a page that stays open, are recorded once in ten minutes. */
function createViewRecord({ store: { users } }: PagePorts): {
  note(entry: Note, nowMs: number): Promise<void>;
} {
  const noted = new Map<string, number>();
  return {
    async note(entry, nowMs) {
      const key = JSON.stringify([entry.by, entry.about, entry.idents, entry.address]);
      if (nowMs - (noted.get(key) ?? 0) < repeatAfterMs) return;
      for (const [old, atMs] of noted) if (nowMs - atMs >= repeatAfterMs) noted.delete(old);
      await users.recordAudit(entry);
      noted.set(key, nowMs);
    },
  };
}

function addCommands(api: FastifyInstance, { store: { users }, commands, vendors }: PagePorts): void {
  api.post('/api/commands', { config: { needs: 'operator' } }, async (request, reply) => {
    const given = read(commandRequest, request.body, reply);
    if (given === null) return reply;
    const vendor = findVendor(given.vendor, vendors);
    if (vendor === null) return refuse(reply, 404, noVendor(given.vendor));
    const id = randomUUID();
    const { name } = visitorOf(request).user;
    const blank = { ident: null, officer: null, organisation: null };
    // Recorded first: what cannot be recorded is not done.
    const about = `${given.kind} ${vendor} ${id}`;
    await users.recordAudit({
      by: name,
      act: 'command',
      about,
      idents: identsOf(given),
      address: request.ip,
    });
    const payload = given.payload as JsonObject;
    await commands.give({ ...blank, id, kind: given.kind, vendor, payload, requestedBy: `${name} (page)` });
    return reply.code(202).send({ id });
  });
  api.get('/api/commands/:id', { config: { needs: 'operator' } }, async (request, reply) => {
    const at = read(commandPath, request.params, reply);
    if (at === null) return reply;
    const row = await commands.read(at.id);
    if (row !== null) return toCommandState(row);
    return refuse(reply, 404, { code: 'NO_COMMAND', sentence: 'PICS has no such command any more.' });
  });
}

function identsOf(given: CommandRequest): readonly string[] {
  return given.kind === 'run-plan' ? (given.payload.filter.idents ?? []) : [];
}

function addLive(api: FastifyInstance, ports: PagePorts): void {
  const live = createLiveStream(ports);
  api.addHook('preClose', async () => live.close());
  const { users } = ports.store;
  api.get('/api/live', async (request, reply) => {
    const { token } = visitorOf(request);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.write('retry: 1000\n\n');
    live.join({
      response: reply.raw,
      isSignedIn: async () => (await readVisitor(token, false, users)) !== null,
    });
  });
}

/** Null: it does not fit, and has been answered. The answer names the field, never its content. */
function read<S extends z.ZodType>(schema: S, given: unknown, reply: FastifyReply): z.output<S> | null {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  const where = field === '' ? 'The request' : `"${field}"`;
  refuse(reply, 400, { code: 'BAD_REQUEST', sentence: `${where} is not as the page sends it.` });
  return null;
}

function visitorOf({ visitor }: FastifyRequest): Visitor {
  if (visitor === null) throw new Error('a request without a session was let on');
  return visitor;
}

function findVendor(name: string, vendors: readonly PageVendor[]): VendorName | null {
  return vendors.find((vendor) => vendor.name === name)?.name ?? null;
}

const noVendor = (vendor: string) => ({ code: 'NO_VENDOR', sentence: `There is no vendor ${vendor}.` });
const noRun = (id: number) => ({
  code: 'NO_RUN',
  sentence: messageOf('NO_RUN', { run: String(id), vendor: 'any vendor' }),
});
