import type { Config } from '../config/config.ts';
import { topicNames } from '../contract/topics.ts';
import type { Queue } from '../ops/queue-lag.ts';
import type { RoleName } from './run/role.ts';

/** `isAlways`: read also while the vendor is disabled. */
export type ServedQueue = Queue & { readonly isAlways: boolean };

/** Every consumer group of this installation with what it reads, as the roles open them. */
export function listQueues({ kafka: { topicPrefix: prefix }, vendors }: Config): ServedQueue[] {
  const names = topicNames(prefix);
  const toRole = (role: RoleName) => (vendors.onefile.kind === 'enabled' ? role : null);
  const group = (name: string) => `${prefix}pics-sync.${name}`;
  return [
    {
      name: 'PICS to OneFile',
      group: group('onefile.outbound'),
      topics: Object.values(names.pics),
      role: toRole('outbound'),
      isAlways: false,
    },
    {
      name: 'commands',
      group: group('onefile.command'),
      topics: [names.request],
      role: 'outbound',
      isAlways: true,
    },
    {
      name: 'vendors to PICS',
      group: group('reconciler'),
      topics: [...Object.values(names.onefile), names.link],
      role: toRole('reconciler'),
      isAlways: false,
    },
    {
      name: 'answers to commands',
      group: group('answers'),
      topics: [names.requestResult],
      role: 'reconciler',
      isAlways: true,
    },
  ];
}

/** The groups of roles without a queue here: a full pass takes long, and its command would look like standing still. */
export function listRoleGroups({ kafka: { topicPrefix }, vendors }: Config): RoleGroup[] {
  if (vendors.onefile.kind !== 'enabled') return [];
  return [{ role: 'poller', group: `${topicPrefix}pics-sync.onefile.pass` }];
}

export type RoleGroup = { readonly role: RoleName; readonly group: string };
