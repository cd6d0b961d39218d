import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Settings of broker, worker and database that hold wherever they run, on this machine or in containers. */
export type Settings = Record<string, string>;

export function parseProperties(text: string): Settings {
  const settings: Settings = {};
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals < 0) continue;
    settings[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return settings;
}

const read = (name: string) =>
  parseProperties(
    readFileSync(path.join(import.meta.dirname, '..', 'settings', `${name}.properties`), 'utf8'),
  );

export const readBrokerSettings = () => read('broker');
export const readConnectSettings = () => read('connect');

/** Enough slots and senders for many test databases side by side; replication origins count as slots. */
export const postgresSettings: Settings = {
  wal_level: 'logical',
  max_replication_slots: '60',
  max_wal_senders: '60',
  max_connections: '300',
};
