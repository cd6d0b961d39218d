import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigRead } from './config.ts';
import { toConfig } from './to-config.ts';

export const defaultConfigFile = 'pics-sync.yaml';

/**
 * Reads the settings file and the environment.
 *
 * Without a name the file is `PICS_SYNC_CONFIG` or `pics-sync.yaml`; the latter may be absent when the environment
 * says everything that has no default. Files of secrets are looked up beside the settings file.
 */
export function readConfig(file: string | undefined, env: NodeJS.ProcessEnv): ConfigRead & { file: string } {
  const named = file ?? (env['PICS_SYNC_CONFIG'] || undefined);
  const chosen = path.resolve(named ?? defaultConfigFile);
  const text = readText(chosen);
  if (typeof text !== 'string' && named !== undefined) {
    return { kind: 'faults', file: chosen, faults: [{ path: '', sentence: text.sentence }] };
  }
  const folder = path.dirname(chosen);
  const sources = { env, readFile: (name: string) => readFileSync(path.resolve(folder, name), 'utf8') };
  if (typeof text === 'string') return { ...toConfig(text, sources), file: chosen };
  return { ...toConfig('', sources), file: `${chosen}, which is absent: defaults and environment only` };
}

function readText(file: string): string | { sentence: string } {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    return { sentence: `The settings file ${file} ${reason}. Copy pics-sync.example.yaml to begin with.` };
  }
}
