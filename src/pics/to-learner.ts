import type { Learner, Officer, Placement, Qualification, Review } from '../core/learner.ts';
import { learnerFields } from './learner-sql.ts';
import { referenceTables, type TableName } from './reference-tables.ts';
import { type FieldValue, toFieldValue, toText, unchangedMark } from './to-field-value.ts';

type Values = Readonly<Record<string, FieldValue>>;
type Cells = readonly unknown[];

/** The pieces of a learner as the statements deliver them, each in the order of `learnerFields`. */
export type LearnerCells = {
  readonly own: Cells;
  readonly episode: Cells;
  readonly details: Cells;
  readonly mainTag: unknown;
  readonly qualifications: unknown;
  readonly reviews: unknown;
  readonly placements: unknown;
  readonly related: unknown;
  readonly officers: unknown;
};

/** Splits one nested array of `toLearnerSql`. */
export function toLearnerCells(cells: Cells): LearnerCells {
  const episodeAt = learnerFields.learner.length;
  const detailsAt = episodeAt + learnerFields.episode.length;
  const restAt = detailsAt + learnerFields['learner-details'].length;
  const [mainTag, qualifications, reviews, placements, related, officers] = cells.slice(restAt);
  return {
    own: cells.slice(0, episodeAt),
    episode: cells.slice(episodeAt, detailsAt),
    details: cells.slice(detailsAt, restAt),
    mainTag,
    qualifications,
    reviews,
    placements,
    related,
    officers,
  };
}

export function toLearner(cells: LearnerCells): Learner {
  const own = toValues('learner', learnerFields.learner, cells.own);
  const episode = toValues('episode', learnerFields.episode, cells.episode);
  const details = toValues('learner-details', learnerFields['learner-details'], cells.details);
  const text = (values: Values, field: string): string | null => toText(values[field]);
  return {
    ident: text(own, 'ident') ?? '',
    title: text(own, 'title'),
    firstName: text(own, 'firstName'),
    surname: text(own, 'surname'),
    sex: text(own, 'sex'),
    birthDate: text(own, 'birthDate'),
    niNumber: text(own, 'niNumber'),
    address: ['address1', 'address2', 'address3', 'address4'].map((field) => text(own, field)),
    postcode: text(own, 'postcode'),
    phone: text(own, 'phone'),
    mobile: text(own, 'mobile'),
    email: text(details, 'email'),
    uln: text(details, 'uln'),
    lrn: text(details, 'lrn'),
    ethnicity: text(details, 'ethnicity'),
    disability: text(details, 'disability'),
    primaryDifficulty: text(details, 'primaryDifficulty'),
    status: text(own, 'status'),
    isSuspended: text(own, 'suspended')?.toUpperCase() === 'Y',
    site: text(own, 'site'),
    mainOfficer: text(own, 'mainOfficer'),
    startOn: text(own, 'startOn'),
    endOn: text(own, 'endOn'),
    expectedEndOn: text(episode, 'expectedEndOn'),
    activePortfolio: toPortfolio(text(details, 'activePortfolio')),
    oneFileId: text(details, 'oneFileId'),
    smartAssessorId: text(details, 'smartAssessorId'),
    mainTag: toText(cells.mainTag),
    qualifications: toRows(cells.qualifications)
      .map(toQualification)
      .sort(by(({ key }) => key)),
    reviews: toRows(cells.reviews)
      .map(toReview)
      .sort(by(({ proposedAt, id }) => `${proposedAt ?? ''} ${id}`)),
    placements: toRows(cells.placements)
      .map(toPlacement)
      .sort((a, b) => a.seq - b.seq),
    officers: toRows(cells.officers)
      .map(toOfficer)
      .sort(by(({ code }) => code)),
    relatedOfficers: toRows(cells.related)
      .map(toRelated)
      .sort(by(({ relation, code }) => `${relation} ${code}`)),
  };
}

function toQualification(cells: Cells): Qualification {
  const values = toValues('qualification', learnerFields.qualification, cells);
  const [title, hasUnits] = cells.slice(learnerFields.qualification.length);
  const reference = toText(values['reference']) ?? '';
  const seq = Number(values['seq']);
  return {
    key: `${reference}/${seq}`,
    reference,
    seq,
    title: toText(title),
    type: toText(values['type']),
    startOn: toText(values['startOn']),
    expectedEndOn: toText(values['expectedEndOn']),
    endOn: toText(values['endOn']),
    officer: toText(values['officer']),
    registrationNumber: toText(values['registrationNumber']),
    registeredOn: toText(values['registeredOn']),
    certificateAppliedOn: toText(values['certificateAppliedOn']),
    certificateReceivedOn: toText(values['certificateReceivedOn']),
    elementsTotal: toCount(values['elementsTotal']),
    elementsDone: toCount(values['elementsDone']),
    hasUnits: hasUnits === true,
  };
}

function toReview(cells: Cells): Review {
  const values = toValues('review', learnerFields.review, cells);
  return {
    id: toText(values['id']) ?? '',
    type: toText(values['type']),
    proposedAt: toText(values['proposedAt']),
    actualAt: toText(values['actualAt']),
    attended: toAttended(toText(values['attended'])),
    officer: toText(values['officer']),
    learnerSignedOn: toText(values['learnerSignedOn']),
    oneFileId: toText(values['oneFileId']),
    smartAssessorId: toText(values['smartAssessorId']),
  };
}

function toPlacement(cells: Cells): Placement {
  const values = toValues('placement', learnerFields.placement, cells);
  return {
    seq: Number(values['seq']),
    organisation: toText(values['organisation']),
    organisationName: toText(cells[learnerFields.placement.length]),
    organisationExternalId: toText(cells[learnerFields.placement.length + 1]),
    type: toText(values['type']),
    startOn: toText(values['startOn']),
    endOn: toText(values['endOn']),
  };
}

function toOfficer(cells: Cells): Officer {
  const values = toValues('officer', learnerFields.officer, cells);
  return {
    code: toText(values['code']) ?? '',
    firstName: toText(values['firstName']),
    surname: toText(values['surname']),
    email: toText(values['email']),
    externalId: toText(values['externalId']),
  };
}

function toRelated(cells: Cells): { relation: string; code: string } {
  const values = toValues('related-officer', learnerFields['related-officer'], cells);
  return { relation: toText(values['relation']) ?? '', code: toText(values['officer']) ?? '' };
}

/** A letter that is none of ours is not blank, and blank alone qualifies for an upload (OF-9): it counts as Unknown. */
export function toAttended(letter: string | null): 'Y' | 'N' | 'U' | null {
  if (letter === null) return null;
  const upper = letter.toUpperCase();
  return upper === 'Y' || upper === 'N' ? upper : 'U';
}

function toPortfolio(letter: string | null): 'O' | 'S' | null {
  const upper = letter?.toUpperCase();
  return upper === 'O' || upper === 'S' ? upper : null;
}

function toCount(value: FieldValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function toValues<T extends TableName>(table: T, fields: readonly string[], cells: Cells): Values {
  const columns: Readonly<Record<string, readonly [string, 'text' | 'date']>> = referenceTables[table]
    .columns as never;
  const values: Record<string, FieldValue> = {};
  fields.forEach((field, index) => {
    const value = toFieldValue(cells[index], columns[field]?.[1] ?? 'text');
    values[field] = value === unchangedMark ? null : value;
  });
  return values;
}

function toRows(value: unknown): Cells[] {
  return Array.isArray(value) ? value : [];
}

function by<T>(toSortKey: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [toSortKey(a), toSortKey(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}
