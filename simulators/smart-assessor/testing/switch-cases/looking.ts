/*
 * A case shows what one value of a switch does. It opens a simulator of seed 1 with the switch set, and beside it those of
 * `also`, and makes one call or a few.
 */

import { ADA, type Bench, ENROLMENT, NEXT_LEARNER, type Records } from '../open-simulator.ts';

export interface SwitchCase {
  readonly name: string;
  readonly value: string | number;
  readonly show: (bench: Bench) => Promise<unknown>;
  readonly expected: unknown;
  readonly also?: Record<string, unknown>;
}

export type Show = SwitchCase['show'];

/** One way to look, and what it shows for each value. */
export function each(
  name: string,
  show: Show,
  values: [value: string | number, expected: unknown][],
  also = {},
): SwitchCase[] {
  return values.map(([value, expected]) => ({ name, value, show, expected, also }));
}

export const status = async (answer: Promise<{ status: number }>): Promise<number> => (await answer).status;

/** Status, and the fields that are named in a refusal. */
export async function brief(answer: Promise<{ status: number; text: string }>): Promise<string> {
  const { status: code, text } = await answer;
  if (!text.startsWith('{')) return String(code);
  const body = JSON.parse(text) as { modelState?: object };
  return [code, ...Object.keys(body.modelState ?? {})].join(' ');
}

export const create = (bench: Bench, changes: object = {}) =>
  bench.rest('POST', '/learners', { ...ADA, ...changes });

export const enrol = (bench: Bench, changes: object = {}, id = NEXT_LEARNER) =>
  bench.rest('POST', `/learners/${id}/courses`, { ...ENROLMENT, ...changes });

export const first = async (bench: Bench, path: string): Promise<Records> =>
  (await bench.json('GET', path))[0];
