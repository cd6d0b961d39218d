import type { NewLink } from '../../../src/domain/link.ts';
import type { Observation, ObservationCause } from '../../../src/domain/observation.ts';
import type { Done } from '../../../src/domain/step.ts';
import type { Entity, OneFileState } from './onefile-state.ts';

export const centre = '301';
export const at = { vendor: 'onefile', centre } as const;

export const emptyDone: Done = {
  kind: 'done',
  vendorId: null,
  observed: [],
  shadow: [],
  links: [],
  findings: [],
};

export type Sight = {
  readonly state: OneFileState;
  /** When the call was sent, by our clock: what it shows was true then or later. */
  readonly sentAtMs: number;
  readonly cause: ObservationCause;
};

/** What OneFile shows of a record that is there. */
export function toObserved(entity: Entity, id: string, { state, sentAtMs, cause }: Sight): Observation {
  const record = state.find(entity, id) ?? null;
  const learnerId = entity === 'learner' ? id : record?.['learnerId'];
  return {
    ...at,
    entity,
    vendorId: id,
    learnerVendorId: typeof learnerId === 'string' ? learnerId : null,
    observedAtMs: sentAtMs,
    cause,
    deleted: false,
    record,
  };
}

export function toLink(
  link: Pick<NewLink, 'kind' | 'picsId' | 'vendorId' | 'ident'> & { how?: NewLink['how'] },
): NewLink {
  return { ...at, how: 'created', ...link };
}
