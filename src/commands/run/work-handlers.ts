import { createRefresh } from '../../outbound/requests/refresh.ts';
import type { HandleCommand } from '../../outbound/requests/request.ts';
import type { AtWork, RequestParts } from './requests.ts';

export const workKinds = ['refresh'] as const;
export type WorkKind = (typeof workKinds)[number];

/** The commands that need an enabled OneFile, joined to what they reach out to. */
export function createWorkHandlers(parts: RequestParts & AtWork): Readonly<Record<WorkKind, HandleCommand>> {
  const { pics, engine } = parts;
  const { readLearner } = pics;
  const { submit } = engine;
  return { refresh: createRefresh({ readLearner, submit }) };
}
