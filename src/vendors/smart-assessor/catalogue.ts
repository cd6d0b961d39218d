import type { CatalogueRow } from '../../domain/catalogue.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { Clock } from '../../domain/ports.ts';
import { createOfferList, type OfferList } from '../common/offer-list.ts';
import { toText } from '../common/values.ts';
import type { SmartAssessor } from './client/client.ts';
import { toFailure } from './client/failures.ts';
import { type CourseOffer, matchCourses, toCatalogueRows, toCourseOffers } from './rules/course-match.ts';
import type { SmartAssessorSettings } from './rules/settings.ts';

/**
 * SA-14: the courses of the site, as *Refresh Qualification Links* reads them and as a full pass leaves them. A course
 * that is not active at the site stays in the list and is shown as such.
 */
export function createCourseList(
  port: Pick<SmartAssessor, 'call'>,
  settings: Pick<SmartAssessorSettings, 'site' | 'courseOverrides' | 'matchStandards'>,
  sources: Parameters<typeof createOfferList>[0],
): OfferList {
  return createOfferList(sources, {
    vendor: 'smartassessor',
    centre: settings.site,
    entity: 'course',
    readRows: () => readRows(port),
    toRows: (shadows) =>
      shadows.flatMap(({ vendorId, record }) =>
        toCatalogueRows({
          id: vendorId,
          title: toText(record['title']),
          qanCode: toText(record['qanCode']),
          standardCode: toText(record['standardCode']),
          isActive: typeof record['isActive'] === 'boolean' ? record['isActive'] : null,
        }),
      ),
    findUnmatched: (references, rows) => findUnoffered(settings, references, rows),
  });
}

/** References that no course of the site is taken for. */
export function findUnoffered(
  settings: Pick<SmartAssessorSettings, 'courseOverrides' | 'matchStandards'>,
  references: readonly string[],
  rows: readonly CatalogueRow[],
): readonly string[] {
  const offers: readonly CourseOffer[] = toCourseOffers(rows);
  return references.filter((reference) => matchCourses(reference, offers, settings).length === 0);
}

/** Half a list would take courses away that are there. */
async function readRows({
  call,
}: Pick<SmartAssessor, 'call'>): Promise<readonly CatalogueRow[] | VendorFailure> {
  const answer = await call('read-courses', {}, { priority: 'command', prepaid: 0 });
  if (answer.kind !== 'ok') return toFailure(answer, 'read-courses', {});
  if (!answer.value.isComplete) return { kind: 'unknown', detail: 'INCOMPLETE' };
  return answer.value.records.flatMap(toCatalogueRows);
}

const recentMs = 1_000;

/**
 * The courses as the list had them a second ago at most. Looks come by the thousand in a full pass and need the list
 * for their notes alone; what is sent or written is decided from the list itself.
 */
export function createRecentCourses(
  offers: Pick<OfferList, 'read'>,
  clock: Pick<Clock, 'steadyMs'>,
): () => Promise<readonly CourseOffer[]> {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let courses: Promise<readonly CourseOffer[]> = Promise.resolve([]);
  return () => {
    if (clock.steadyMs() - readAtMs < recentMs) return courses;
    readAtMs = clock.steadyMs();
    courses = offers.read().then(toCourseOffers);
    // A reading that failed is not kept.
    courses.catch(() => {
      readAtMs = Number.NEGATIVE_INFINITY;
    });
    return courses;
  };
}
