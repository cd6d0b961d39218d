import type { Reading } from './door.ts';
import { parseDateMs, toIso } from './instant.ts';

export interface SeedOptions<Size extends string> {
  readonly seed: number;
  readonly size: Size;
  /** The day the invented records are built around, `YYYY-MM-DDTHH:mm:ss.sssZ`. */
  readonly asOf: string;
}

export interface Settings<Size extends string> extends SeedOptions<Size> {
  readonly port: number;
  readonly host: string;
}

export const isOneOf = <Size extends string>(sizes: readonly Size[], value: unknown): value is Size =>
  (sizes as readonly unknown[]).includes(value);

interface SettingsForm<Size extends string> {
  /** What the names of the environment begin with, such as `ONEFILE_SIM`. */
  readonly prefix: string;
  readonly sizes: readonly Size[];
  readonly defaults: Settings<Size>;
}

function readWhole(
  name: string,
  text: string | undefined,
  fallback: number,
  highest: number,
): Reading<number> {
  if (text === undefined || text === '') return { kind: 'read', value: fallback };
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= highest) return { kind: 'read', value };
  return { kind: 'faulty', error: `${name} must be a whole number from 0 to ${highest}, but is "${text}"` };
}

/** Settings from the environment; the first fault in one clear sentence. */
export function readSettings<Size extends string>(
  { prefix, sizes, defaults }: SettingsForm<Size>,
  env: Readonly<Record<string, string | undefined>>,
): Reading<Settings<Size>> {
  const port = readWhole(`${prefix}_PORT`, env[`${prefix}_PORT`], defaults.port, 65_535);
  if (port.kind === 'faulty') return port;
  const seed = readWhole(`${prefix}_SEED`, env[`${prefix}_SEED`], defaults.seed, 4_294_967_295);
  if (seed.kind === 'faulty') return seed;
  const size = env[`${prefix}_SIZE`] || defaults.size;
  if (!isOneOf(sizes, size)) {
    return { kind: 'faulty', error: `${prefix}_SIZE must be one of ${sizes.join(', ')}, but is "${size}"` };
  }
  const asOfText = env[`${prefix}_AS_OF`] || defaults.asOf;
  const asOfMs = parseDateMs(asOfText);
  if (asOfMs === null) {
    const example = defaults.asOf.replace('.000', '');
    const error = `${prefix}_AS_OF must be a date such as ${example}, but is "${asOfText}"`;
    return { kind: 'faulty', error };
  }
  const asOf = toIso(asOfMs);
  const host = env[`${prefix}_HOST`] || defaults.host;
  return { kind: 'read', value: { port: port.value, host, seed: seed.value, size, asOf } };
}
