import type { FutureDate, StartedLearner, UndatedReview } from '../domain/report.ts';
import { toFieldValue, toText } from './changes.ts';
import { toPortfolio } from './learner.ts';
import { nameSql } from './lookups.ts';
import { type PresentColumns, toColumnSql, toKeySql, toTableSql } from './mapping.ts';
import type { Queryable } from './queryable.ts';
import type { ColumnKind } from './tables.ts';

/*
 * What the provider's own reports read: many learners, few columns. Each statement reads whole tables and is for a person
 * who waits, not for the exchange.
 */

function toDateText(value: unknown, kind: Extract<ColumnKind, 'date' | 'local-time'>): string | null {
  return toText(toFieldValue(value, kind));
}

type StartedRow = Readonly<
  Record<
    'ident' | 'name' | 'status' | 'suspended' | 'start_on' | 'end_on' | 'portfolio' | 'held',
    string | null
  >
>;

/**
 * Learners whose status is one of these letters and who have begun by a day, in the order of their idents. Null if the
 * site lacks the column of the status or of the start.
 */
export function readStartedLearners(
  database: Queryable,
  columns: PresentColumns,
  { letters, onDate }: { readonly letters: readonly string[]; readonly onDate: string },
): Promise<readonly StartedLearner[] | null> {
  return columns.with(async ({ learner, 'learner-details': details, review }) => {
    const of = (field: string): string => `${toColumnSql(learner, field, 't') ?? 'null'}::text`;
    const [status, startOn] = [toColumnSql(learner, 'status', 't'), toColumnSql(learner, 'startOn', 't')];
    if (status === null || startOn === null) return null;
    const ident = toKeySql(learner, 'ident', 't');
    const actual = toColumnSql(review, 'actualAt', 'r');
    const held =
      actual === null
        ? 'null::text'
        : `(select max(${actual})::text from ${toTableSql(review)} r
    where ${toKeySql(review, 'ident', 'r')} = ${ident} and ${actual} < $2::date + 1)`;
    const { rows } = await database.query<StartedRow>({
      text: `select ${ident}::text as ident, ${nameSql(learner, 't')} as name, ${status}::text as status,
  ${of('suspended')} as suspended, ${startOn}::text as start_on, ${of('endOn')} as end_on,
  ${toColumnSql(details, 'activePortfolio', 'd') ?? 'null'}::text as portfolio, ${held} as held
from ${toTableSql(learner)} t left join ${toTableSql(details)} d on ${toKeySql(details, 'ident', 'd')} = ${ident}
where trim(${status}) = any($1::text[]) and ${startOn} <= $2::date order by 1`,
      values: [letters, onDate],
    });
    return rows.map((row) => ({
      ident: toText(row.ident) ?? '',
      name: toText(row.name),
      status: toText(row.status) ?? '',
      isSuspended: toText(row.suspended)?.toUpperCase() === 'Y',
      startOn: toDateText(row.start_on, 'date') ?? '',
      endOn: toDateText(row.end_on, 'date'),
      portfolio: toPortfolio(toText(row.portfolio)),
      lastHeldOn: toDateText(row.held, 'local-time')?.slice(0, 10) ?? null,
    }));
  });
}

type ReviewRow = Readonly<Record<'id' | 'ident' | 'type' | 'officer' | 'actual', string | null>>;

/** Reviews of these learners without a proposed date, by ident and id. Null if the site lacks the column. */
export function readUndatedReviews(
  database: Queryable,
  columns: PresentColumns,
  idents: readonly string[],
): Promise<readonly UndatedReview[] | null> {
  return columns.with(async ({ review }) => {
    const proposed = toColumnSql(review, 'proposedAt', 'r');
    if (proposed === null) return null;
    const of = (field: string): string => `${toColumnSql(review, field, 'r') ?? 'null'}::text`;
    const { rows } = await database.query<ReviewRow>({
      text: `select ${toKeySql(review, 'id', 'r')}::text as id, ${toKeySql(review, 'ident', 'r')}::text as ident,
  ${of('type')} as type, ${of('officer')} as officer, ${of('actualAt')} as actual
from ${toTableSql(review)} r where ${toKeySql(review, 'ident', 'r')} = any($1::bpchar[]) and ${proposed} is null
order by 2, 1`,
      values: [idents],
    });
    return rows.map((row) => ({
      id: toText(row.id) ?? '',
      ident: toText(row.ident) ?? '',
      type: toText(row.type),
      officer: toText(row.officer),
      actualAt: toDateText(row.actual, 'local-time'),
    }));
  });
}

type FutureRow = Readonly<Record<'ident' | 'record' | 'at', string | null>> & {
  readonly what: FutureDate['what'];
};

/**
 * Actual dates of these learners that lie after a moment of London: of reviews, of the learners' ends and of the ends of
 * their qualifications. A column that the site lacks shows none. `after`: `YYYY-MM-DDTHH:MM:SS`.
 */
export function readFutureDates(
  database: Queryable,
  columns: PresentColumns,
  { idents, after }: { readonly idents: readonly string[]; readonly after: string },
): Promise<readonly FutureDate[]> {
  return columns.with(async ({ review, learner, qualification }) => {
    const key = `trim(${toKeySql(qualification, 'reference', 'u')}) || '/' || ${toKeySql(qualification, 'seq', 'u')}`;
    const parts = [
      {
        what: 'review',
        table: review,
        field: 'actualAt',
        record: toKeySql(review, 'id', 'u'),
        to: 'timestamp',
      },
      { what: 'learner', table: learner, field: 'endOn', record: 'null', to: 'date' },
      { what: 'qualification', table: qualification, field: 'endOn', record: key, to: 'date' },
    ] as const;
    const selects = parts.flatMap(({ what, table, field, record, to }) => {
      const at = toColumnSql(table, field, 'u');
      if (at === null) return [];
      const ident = toKeySql(table, 'ident', 'u');
      return [
        `select '${what}' as what, ${ident}::text as ident, (${record})::text as record, ${at}::text as at
from ${toTableSql(table)} u where ${ident} = any($1::bpchar[]) and ${at} > $2::timestamp::${to}`,
      ];
    });
    if (selects.length === 0) return [];
    const { rows } = await database.query<FutureRow>({
      text: `${selects.join('\nunion all\n')}\norder by ident, what, record`,
      values: [idents, after],
    });
    return rows.map(({ what, ...row }) => ({
      what,
      ident: toText(row.ident) ?? '',
      record: toText(row.record),
      at: toDateText(row.at, what === 'review' ? 'local-time' : 'date') ?? '',
    }));
  });
}
