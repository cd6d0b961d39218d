import type { CatalogueRow } from '../../../domain/catalogue.ts';
import { toReferenceKey } from '../../common/values.ts';
import { compareText } from '../../common/who.ts';

/** A course that the site offers. */
export type CourseOffer = {
  readonly id: string;
  readonly title: string | null;
  /** In the form of `toReferenceKey`. */
  readonly qanCode: string | null;
  /** The number of a standard; its form is assumed. */
  readonly standardCode: string | null;
  /** Null: the site does not say, and the course counts as active. */
  readonly isActive: boolean | null;
};

/** What the kept list says of a row beside its code and title. */
const kinds = {
  course: { isStandard: false, isActive: true },
  'inactive-course': { isStandard: false, isActive: false },
  standard: { isStandard: true, isActive: true },
  'inactive-standard': { isStandard: true, isActive: false },
} as const;

/**
 * SA-14: the rows under which a course is kept, one for each of its codes. A course without a code has a row without
 * one: an override may name it.
 */
export function toCatalogueRows(course: CourseOffer): readonly CatalogueRow[] {
  const { id, title, isActive } = course;
  const row = (code: string, kind: 'course' | 'standard'): CatalogueRow => {
    return { code, vendorId: id, title, entity: isActive === false ? `inactive-${kind}` : kind };
  };
  const [qan, standard] = [toReferenceKey(course.qanCode), toReferenceKey(course.standardCode)];
  const rows = [
    ...(qan === null ? [] : [row(qan, 'course')]),
    ...(standard === null ? [] : [row(standard, 'standard')]),
  ];
  return rows.length === 0 ? [row('', 'course')] : rows;
}

/** The courses of the kept list. */
export function toCourseOffers(rows: readonly CatalogueRow[]): readonly CourseOffer[] {
  return [...Map.groupBy(rows, ({ vendorId }) => vendorId)].map(([id, same]) => {
    const kindOf = ({ entity }: CatalogueRow) => kinds[entity as keyof typeof kinds] ?? kinds.course;
    const codeOf = (isStandard: boolean): string | null =>
      same.find((row) => row.code !== '' && kindOf(row).isStandard === isStandard)?.code ?? null;
    return {
      id,
      title: same[0]?.title ?? null,
      qanCode: codeOf(false),
      standardCode: codeOf(true),
      isActive: same.every((row) => kindOf(row).isActive),
    };
  });
}

export type MatchSettings = {
  /** Course id by PICS reference, in the form of `toReferenceKey`. */
  readonly courseOverrides: Readonly<Record<string, string>>;
  readonly matchStandards: 'main-aim' | 'exact';
};

/**
 * SA-14, A-44, smart-assessor-api 4.4: the courses of a reference of PICS, by title.
 *
 * An override of the site comes first. Else the reference without slashes and spaces is the QAN of a course. Else it is
 * the code of a standard: of its main aim, `196AS`, the number alone, since gateway and assessment aims are no courses;
 * with `exact` the whole reference.
 */
export function matchCourses(
  reference: string,
  offers: readonly CourseOffer[],
  { courseOverrides, matchStandards }: MatchSettings,
): readonly CourseOffer[] {
  const key = toReferenceKey(reference);
  if (key === null) return [];
  const override = courseOverrides[key];
  if (override !== undefined) return offers.filter(({ id }) => id === override);
  const byQan = offers.filter(({ qanCode }) => qanCode === key);
  const wanted = matchStandards === 'exact' ? key : (/^(\d+)AS$/.exec(key)?.[1] ?? null);
  const found =
    byQan.length > 0 ? byQan : offers.filter((one) => one.standardCode === wanted && wanted !== null);
  return found.toSorted((a, b) => compareText(a.title ?? '', b.title ?? '') || compareText(a.id, b.id));
}
