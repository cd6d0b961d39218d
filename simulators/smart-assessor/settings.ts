import type { Reading } from '../common/door.ts';
import * as common from '../common/settings.ts';

export const SIZES = ['empty', 'small', 'large'] as const;
export type Size = (typeof SIZES)[number];
export type SeedOptions = common.SeedOptions<Size>;
export type Settings = common.Settings<Size>;

export const DEFAULT_SETTINGS: Settings = {
  port: 4020,
  host: '127.0.0.1',
  seed: 1,
  size: 'small',
  asOf: '2026-03-02T09:00:00.000Z',
};

export const isSize = (value: unknown): value is Size => common.isOneOf(SIZES, value);

export const readSettings = (env: Readonly<Record<string, string | undefined>>): Reading<Settings> =>
  common.readSettings({ prefix: 'SMART_ASSESSOR_SIM', sizes: SIZES, defaults: DEFAULT_SETTINGS }, env);
