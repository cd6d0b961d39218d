import type { EnrolmentChoices } from '../../../../core/enrolment.ts';
import { toReferenceKey } from '../compare.ts';
import type { AcceptedPlan } from './accepted.ts';

/**
 * OF-12: other standards for qualifications of an accepted enrolment, by key or by reference.
 *
 * What was assigned already stays: only a qualification without an aim asks for its standard again.
 */
export function correctChoices<Plan extends Pick<AcceptedPlan, 'qualifications'>>(
  plan: Plan,
  { pathways }: Pick<EnrolmentChoices, 'pathways'>,
): Plan {
  const find = (key: string): string | undefined => {
    if (Object.hasOwn(pathways, key)) return pathways[key];
    const reference = toReferenceKey(key.slice(0, key.lastIndexOf('/')));
    return Object.entries(pathways).find(([name]) => toReferenceKey(name) === reference)?.[1];
  };
  const qualifications = plan.qualifications.map(({ key, standardId }) => ({
    key,
    standardId: find(key) ?? standardId,
  }));
  return { ...plan, qualifications };
}
