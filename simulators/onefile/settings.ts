import { parseDateMs } from './wire.ts';

export const SIZES = ['empty', 'small', 'medium', 'large'] as const;
export type Size = (typeof SIZES)[number];

export interface SeedOptions {
  readonly seed: number;
  readonly size: Size;
  /** The day the invented records are built around, `YYYY-MM-DDTHH:mm:ss.sssZ`. */
  readonly asOf: string;
}

export interface Settings extends SeedOptions {
  readonly port: number;
  readonly host: string;
}

export const DEFAULT_SETTINGS: Settings = {
  port: 4010,
  host: '127.0.0.1',
  seed: 1,
  size: 'small',
  asOf: '2026-01-15T09:00:00.000Z',
};

type Reading<T> = { kind: 'read'; value: T } | { kind: 'faulty'; error: string };

export const isSize = (value: unknown): value is Size => (SIZES as readonly unknown[]).includes(value);

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
export function readSettings(env: Readonly<Record<string, string | undefined>>): Reading<Settings> {
  const port = readWhole('ONEFILE_SIM_PORT', env['ONEFILE_SIM_PORT'], DEFAULT_SETTINGS.port, 65_535);
  if (port.kind === 'faulty') return port;
  const seed = readWhole('ONEFILE_SIM_SEED', env['ONEFILE_SIM_SEED'], DEFAULT_SETTINGS.seed, 4_294_967_295);
  if (seed.kind === 'faulty') return seed;
  const size = env['ONEFILE_SIM_SIZE'] || DEFAULT_SETTINGS.size;
  if (!isSize(size)) {
    return { kind: 'faulty', error: `ONEFILE_SIM_SIZE must be one of ${SIZES.join(', ')}, but is "${size}"` };
  }
  const asOfText = env['ONEFILE_SIM_AS_OF'] || DEFAULT_SETTINGS.asOf;
  const asOfMs = parseDateMs(asOfText);
  if (asOfMs === null) {
    const error = `ONEFILE_SIM_AS_OF must be a date such as 2026-01-15T09:00:00Z, but is "${asOfText}"`;
    return { kind: 'faulty', error };
  }
  const asOf = new Date(asOfMs).toISOString();
  return {
    kind: 'read',
    value: {
      port: port.value,
      host: env['ONEFILE_SIM_HOST'] || DEFAULT_SETTINGS.host,
      seed: seed.value,
      size,
      asOf,
    },
  };
}
