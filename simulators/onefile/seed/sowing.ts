import { londonDate, londonMidnightMs } from '../../common/clock.ts';
import { toIso } from '../../common/instant.ts';
import { createRandom, hashText, type Random } from '../../common/random.ts';
import type { SeedOptions } from '../settings.ts';
import { idOf, type Row, type Value } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import type { Kind } from '../state/tables.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface Sowing {
  readonly store: Store;
  readonly options: SeedOptions;
  readonly asOfMs: number;
}

/** A generator of its own for each record, so that a larger set begins with the smaller one. */
export const drawFor = ({ options }: Sowing, kind: string, number: number): Random =>
  createRandom(hashText(`${options.seed}/${kind}/${number}`));

export function sow(
  { store, options }: Sowing,
  kind: Kind,
  values: Record<string, Value>,
  givenId?: number,
): Row {
  const id = givenId ?? store.nextId(kind);
  return store.create(kind, {
    values,
    now: options.asOf,
    id: values['ID'] === undefined ? id : (values['ID'] as string),
  });
}

export const sowId = (sowing: Sowing, kind: Kind, values: Record<string, Value>): number =>
  idOf(sow(sowing, kind, values)) as number;

/** A calendar date some days from the day of the seed, as a person's entry is stored: midnight in London. */
export const dateAt = ({ asOfMs }: Sowing, days: number): string =>
  toIso(londonMidnightMs(londonDate(asOfMs + days * DAY_MS)));

/** An hour on London's wall clock, some days from the day of the seed. */
export const hourAt = (sowing: Sowing, days: number, hour: number): string =>
  toIso(Date.parse(dateAt(sowing, days)) + hour * HOUR_MS);

export const plusHours = (iso: string, hours: number): string => toIso(Date.parse(iso) + hours * HOUR_MS);

/** 01:00 UTC of the latest last Sunday of that month (1-12) before the day of the seed: where London's clocks change. */
export function lastClockChange({ asOfMs }: Sowing, month: 3 | 10): string {
  for (let year = new Date(asOfMs).getUTCFullYear(); ; year -= 1) {
    const monthEnd = new Date(Date.UTC(year, month, 0, 1));
    const changeMs = monthEnd.getTime() - monthEnd.getUTCDay() * DAY_MS;
    if (changeMs < asOfMs) return toIso(changeMs);
  }
}
