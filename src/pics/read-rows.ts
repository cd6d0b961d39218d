import type { Learner } from '../core/learner.ts';
import { type Owner, type OwnerKind, toOwnerLane } from '../core/owner.ts';
import { type AppliedItem, type Rows, type RowsQuery, toItemKey } from '../core/reconcile.ts';
import { learnerFields } from './learner-sql.ts';
import type { Mapping } from './mapping.ts';
import type { Queryable } from './queryable.ts';
import { type RowsShape, toRowsSql } from './rows-sql.ts';
import { toText } from './to-field-value.ts';
import { toLearner } from './to-learner.ts';
import { toOwner } from './to-owner.ts';

type Cells = readonly unknown[];
type Answer = {
  readonly learners: readonly Cells[] | null;
  readonly own: readonly [ident: string, cells: Cells][] | null;
  readonly qualifications: readonly [ident: string, cells: Cells][] | null;
  readonly reviews: readonly [ident: string, cells: Cells][] | null;
  readonly details: readonly [ident: string, cells: Cells][] | null;
  readonly officers: readonly Cells[] | null;
  readonly organisations: readonly Cells[] | null;
  readonly newest:
    | readonly [vendor: string, entity: string, id: string, readAtMs: number, digest: string | null][]
    | null;
};

/** Reads and locks what a batch concerns. Of the learners only the parts asked for; their placements, officers and tags never. */
export async function readRows(database: Queryable, mapping: Mapping, query: RowsQuery): Promise<Rows> {
  const { items, idents, officers, organisations } = query;
  const { rows } = await database.query<Answer>({
    ...toStatement(mapping, query),
    values: [
      idents,
      officers,
      organisations,
      items.map(({ vendor }) => vendor),
      items.map(({ entity }) => entity),
      items.map(({ vendorId }) => vendorId),
    ],
  });
  const answer = rows[0];
  return {
    learners: toLearners(answer),
    owners: new Map([
      ...toOwners('officer', answer?.officers),
      ...toOwners('organisation', answer?.organisations),
    ]),
    newest: new Map((answer?.newest ?? []).map(toNewest).map((item) => [toItemKey(item), item])),
  };
}

const episodeAt = learnerFields.learner.length;
const detailsAt = episodeAt + learnerFields.episode.length;

function toLearners(answer: Answer | undefined): ReadonlyMap<string, Learner> {
  const own = groupByIdent(answer?.own);
  const qualifications = groupByIdent(answer?.qualifications);
  const reviews = groupByIdent(answer?.reviews);
  const details = groupByIdent(answer?.details);
  const learners = new Map<string, Learner>();
  for (const cells of answer?.learners ?? []) {
    const ident = toText(cells[0]) ?? '';
    const learner = toLearner({
      own: own.get(ident)?.[0] ?? cells,
      episode: cells.slice(episodeAt),
      details: details.get(ident)?.[0] ?? cells.slice(detailsAt),
      mainTag: null,
      qualifications: qualifications.get(ident),
      reviews: reviews.get(ident),
      placements: [],
      related: [],
      officers: [],
    });
    learners.set(ident, learner);
  }
  return learners;
}

function groupByIdent(pairs: readonly [string, Cells][] | null | undefined): Map<string, Cells[]> {
  const groups = new Map<string, Cells[]>();
  for (const [padded, cells] of pairs ?? []) {
    const ident = padded.trim();
    const group = groups.get(ident);
    if (group === undefined) groups.set(ident, [cells]);
    else group.push(cells);
  }
  return groups;
}

function toOwners(kind: OwnerKind, rows: readonly Cells[] | null | undefined): [string, Owner][] {
  return (rows ?? []).map((cells) => {
    const owner = toOwner(kind, cells);
    return [toOwnerLane(owner), owner];
  });
}

function toNewest([vendor, entity, vendorId, readAtMs, digest]: NonNullable<
  Answer['newest']
>[number]): AppliedItem {
  return { vendor, entity, vendorId, readAtMs, digest };
}

type Statement = { readonly name: string; readonly text: string };
const statements = new WeakMap<Mapping, Map<string, Statement>>();
let statementCount = 0;

function toStatement(mapping: Mapping, query: RowsQuery): Statement {
  const shape: RowsShape = {
    parts: [...query.parts].sort(),
    hasLearners: query.idents.length > 0,
    hasOfficers: query.officers.length > 0,
    hasOrganisations: query.organisations.length > 0,
    hasItems: query.items.length > 0,
  };
  const key = JSON.stringify(shape);
  const known = statements.get(mapping) ?? new Map<string, Statement>();
  statements.set(mapping, known);
  let statement = known.get(key);
  if (statement === undefined) {
    statementCount += 1;
    statement = { name: `read-rows-${statementCount}`, text: toRowsSql(mapping, shape) };
    known.set(key, statement);
  }
  return statement;
}
