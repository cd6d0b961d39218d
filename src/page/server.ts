import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describeError } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { admit, refuse } from './admission.ts';
import { type Exposure, isLoopback } from './exposure.ts';
import { addRoutes, type PagePorts, type RouteSettings } from './routes.ts';

/*
 * The page's part of the ops role's server: its files, and everything that stands between a request and an answer.
 *
 * A request of the page passes, in this order: the limit on calls of one address; whether the line is safe enough for a
 * password; the session of its cookie; what the session may do; for everything that changes something, whether it comes
 * from the page itself, by its origin and by a token that only the page can know; the schema of its content. What fails
 * is answered with a code and a sentence and nothing else.
 */

export type PageSettings = RouteSettings & {
  /** Folder of the built page. */
  readonly folder: string;
  readonly exposure: Exposure;
};

/** An answer with the number that its styles carry, made afresh for each. */
type Nonced = ServerResponse & { nonce?: string };

const mostBodyBytes = 300 * 1_024;
const callsPerMinute = 1_200;

/** Addresses that the browser's part knows; each of them is answered with the same document. */
const views = ['/', '/waiting', '/waiting/:vendor/:code', '/runs', '/runs/:id', '/password'];

/** Adds the page to the server of the ops role. Its other addresses, as `/metrics`, stay as they are. */
export function addPage(server: FastifyInstance, ports: PagePorts, settings: PageSettings): void {
  server.register(async (page) => {
    if (settings.exposure.kind === 'refused') return addRefusal(page, settings.exposure.sentence);
    page.decorateRequest('visitor', null);
    page.removeContentTypeParser('text/plain');
    page.addHook('onRoute', (route) => {
      route.bodyLimit ??= mostBodyBytes;
    });
    page.setErrorHandler((error, _request, reply) => answerError(error, reply, ports.log));
    await page.register(rateLimit, { max: callsPerMinute, timeWindow: 60_000 });
    await page.register(cookie);
    page.addHook('onRequest', async (_request, reply) => {
      (reply.raw as Nonced).nonce = randomBytes(16).toString('base64');
    });
    await page.register(helmet, helmetOptions(settings.exposure.isTls));
    page.addHook('onRequest', async (request, reply) => checkLine(request, reply, settings.exposure));
    addFiles(page, settings.folder);
    await page.register(async (api) => {
      api.addHook('onRequest', async (request, reply) => admit(request, reply, ports.store.users));
      addRoutes(api, ports, settings);
    });
  });
}

function addRefusal(page: FastifyInstance, sentence: string): void {
  for (const url of views)
    page.get(url, (_request, reply) => reply.code(503).type('text/plain').send(sentence));
}

/** No script, style, image or connection of another origin, and none that stands in the document itself. */
function helmetOptions(isTls: boolean): Parameters<typeof helmet>[1] {
  const own = ["'self'"];
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: own,
        // The styles that Mantine makes carry the nonce of the document.
        styleSrc: ["'self'", (_request, response) => `'nonce-${(response as Nonced).nonce}'`],
        imgSrc: ["'self'", 'data:'],
        fontSrc: own,
        connectSrc: own,
        formAction: own,
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isTls ? { maxAge: 15_552_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  };
}

/** A password must not travel unprotected over a network. */
async function checkLine(
  request: FastifyRequest,
  reply: FastifyReply,
  exposure: Exposure,
): Promise<FastifyReply | undefined> {
  const isSafe = request.protocol === 'https' || isLoopback(request.ip);
  if (exposure.kind === 'public' && !isSafe)
    return refuse(reply, 403, {
      code: 'NOT_PROTECTED',
      sentence: 'This address is not protected. Open the page with https, through its proxy.',
    });
  return undefined;
}

function addFiles(page: FastifyInstance, folder: string): void {
  const index = path.join(folder, 'index.html');
  const isBuilt = existsSync(index);
  const text = isBuilt ? readFileSync(index, 'utf8') : '';
  for (const url of views)
    page.get(url, { config: { needs: 'anyone' } }, async (_request, reply) => {
      if (!isBuilt)
        return reply
          .code(503)
          .type('text/plain')
          .send('The page has not been built. Run "npm run page:build", then start the ops role again.');
      const { nonce = '' } = reply.raw as Nonced;
      return reply
        .type('text/html')
        .header('cache-control', 'no-store')
        .send(text.replaceAll('__NONCE__', nonce));
    });
  if (isBuilt)
    page.register(fastifyStatic, {
      root: path.join(folder, 'assets'),
      prefix: '/assets/',
      index: false,
      // Names of files contain the hash of their content.
      immutable: true,
      maxAge: 31_536_000_000,
    });
}

/** The sentence of an error that this program did not foresee never leaves it. */
function answerError(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413)
    return refuse(reply, 413, { code: 'TOO_LARGE', sentence: 'This is larger than the page takes.' });
  if (statusCode === 429)
    return refuse(reply, 429, {
      code: 'TOO_MANY',
      sentence: 'Too many requests came from this address. Wait a minute.',
    });
  if (statusCode !== undefined && statusCode < 500)
    return refuse(reply, statusCode, { code: 'BAD_REQUEST', sentence: 'The request cannot be read.' });
  log.warn('a request of the page could not be answered', {
    error,
    code: describeError(error).errorCode ?? '',
  });
  return refuse(reply, 503, {
    code: 'AWAY',
    sentence: 'This cannot be read at present, because a database does not answer. It is tried again.',
  });
}
