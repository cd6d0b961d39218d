import type { Config } from '../../config/config.ts';
import { toMessage } from '../../core/message.ts';
import { readVendorState } from '../../store/vendor-state.ts';
import { createOneFileClient } from '../../vendors/onefile/client/client.ts';
import type { OneFileSection } from '../../vendors/onefile/config.ts';
import { toConnection } from '../../vendors/onefile/from-config.ts';
import { commandLog, withStore } from '../connections.ts';
import { type Finding, fail, ok, runCheck, warn } from './check.ts';

/** OneFile: settings, sign-in, centre. A handful of calls beside the budget of the roles. */
export function checkOneFile(config: Config): Promise<readonly Finding[]> {
  const { vendors } = config;
  const advice = 'See the section onefile, and whether the connection is allowed.';
  return runCheck('OneFile', advice, async () => {
    const section = vendors.onefile;
    if (section.kind === 'faulty') {
      return section.faults.map(({ sentence }) => fail('OneFile', sentence, 'Correct the section onefile.'));
    }
    if (section.kind === 'disabled') {
      return [warn('OneFile', 'it is not enabled', 'Set onefile.enabled when the token is there.')];
    }
    return [...(await testOneFile(section.settings)), ...(await checkState(config))];
  });
}

/** G-8: settings alone enable nothing. */
async function checkState(config: Config): Promise<readonly Finding[]> {
  const { isEnabled } = await withStore(config, (db) => readVendorState(db, 'onefile'));
  if (isEnabled) return [];
  return [warn('OneFile', 'it is set up and not enabled', 'Give "pics-sync onefile enable".')];
}

async function testOneFile(settings: OneFileSection): Promise<readonly Finding[]> {
  const connection = toConnection(settings, settings.centreId ?? '');
  if (connection === null) {
    return [fail('OneFile', 'environment, address or token is not set', 'Correct the section onefile.')];
  }
  const client = createOneFileClient({
    connection,
    budget: { takeCall: async () => ({ waitedMs: 0 }), pauseUntil: async () => {} },
    sessionCache: { read: async () => null, write: async () => {}, forget: async () => {} },
    log: commandLog,
    now: Date.now,
    chance: Math.random,
  });
  try {
    const test = await client.testConnection();
    const [only, ...others] = test.centres;
    const isOnlyCentre = settings.centreId === undefined && only !== undefined && others.length === 0;
    if (test.kind === 'failed' && !isOnlyCentre) {
      const params = { vendor: 'onefile', address: connection.baseUrl, n: String(test.centres.length) };
      const ids = { kind: 'centre', id: settings.centreId ?? '' };
      const sentence = toMessage(test.code, { ...params, ...ids });
      return [fail('OneFile', `${sentence} (${test.detail})`, 'See the section onefile.')];
    }
    const detail = `${settings.environment}, centre ${settings.centreId ?? only?.id ?? 'unknown'}`;
    const warnings = test.kind === 'connected' ? test.warnings : [];
    return [
      ok('OneFile', detail),
      ...warnings.map((warning) => warn('OneFile', warning, 'See the section onefile.')),
    ];
  } finally {
    await client.close();
  }
}
