import { topicNames } from '../contract/topics.ts';
import type { Queue } from '../ops/queue-lag.ts';

/** Every consumer group of this installation with what it reads, as the roles open them. */
export function listQueues(prefix: string): Queue[] {
  const names = topicNames(prefix);
  const group = (name: string) => `${prefix}pics-sync.${name}`;
  return [
    { name: 'PICS to OneFile', group: group('onefile.outbound'), topics: Object.values(names.pics) },
    { name: 'commands', group: group('onefile.command'), topics: [names.request] },
    {
      name: 'vendors to PICS',
      group: group('reconciler'),
      topics: [...Object.values(names.onefile), names.link, names.requestResult],
    },
  ];
}
