import path from 'node:path';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Store } from '../domain/ports.ts';
import { decideExposure } from '../page/exposure.ts';
import { createOneTimePassword, hashPassword } from '../page/passwords.ts';
import type { PagePorts } from '../page/routes.ts';
import type { PageSettings } from '../page/server.ts';
import { insertRequest, readRequest } from '../pics/request.ts';
import { createStore } from '../store/store.ts';
import { allVendors } from '../vendors/all.ts';
import type { StatusHolder } from './ops.ts';
import { type DatabasePools, realClock } from './ports.ts';

/** Where `npm run page:build` puts the page. */
const builtPage = path.resolve(import.meta.dirname, '../../dist/page');

export function pageSettings({ http, page }: Config): PageSettings {
  const hasTls = page.tls !== undefined;
  return {
    folder: builtPage,
    exposure: decideExposure({ host: http.host, hasTls, trustedProxies: page.trustedProxies }),
  };
}

/** The real ports of the page, over the pools of the process. */
export function pagePorts(
  { config, log }: { readonly config: Config; readonly log: Log },
  pools: DatabasePools,
  status: StatusHolder,
): PagePorts {
  return {
    store: createStore({ pool: pools.store, databaseUrl: config.store.url.reveal() }),
    commands: {
      give: (request) => insertRequest(pools.pics, request),
      read: (id) => readRequest(pools.pics, id),
    },
    readStanding: status.readStanding,
    vendors: allVendors,
    clock: realClock,
    log,
  };
}

/**
 * The first start makes one admin, with a password for one use that is written on the terminal and nowhere else. Without a
 * terminal, as in a container, what is written ends in a log: then nothing is made, and `users add` on the command line
 * makes the first user.
 */
export async function addFirstAdmin(
  users: Store['users'],
  { log, tell }: { readonly log: Log; readonly tell: ((text: string) => void) | null },
): Promise<void> {
  if ((await users.list()).length > 0) return;
  if (tell === null) {
    log.warn('the page has no user yet: add one with "users add"');
    return;
  }
  const password = createOneTimePassword();
  const first = { name: 'admin', role: 'admin', seesNames: true, mustChange: true } as const;
  if (!(await users.addFirst({ ...first, password: await hashPassword(password) }))) return;
  await users.recordAudit({
    by: 'first start',
    act: 'user-added',
    about: first.name,
    idents: [],
    address: null,
  });
  tell(
    `\nThe page has its first user. Sign in and choose a password of your own:\n  user      ${first.name}\n  password  ${password}   (shown once)\n\n`,
  );
}
