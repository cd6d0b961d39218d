import { isSameName } from '../../common/values.ts';
import { flagOf, idOf, integerOf, type Row, textOf } from '../wire/values.ts';
import type { ApiFailure } from './api.ts';
import { type Making, type Refusal, refuse } from './making.ts';
import { toFullName } from './owners.ts';
import { type FoundRow, firstPlace, type Search, searchPage } from './searches.ts';
import type { CentreClient } from './sight.ts';

/** What a new user or placement must not share with another one. */
type Unique = {
  readonly resource: 'User' | 'Placement';
  /** The new record, for the message. */
  readonly name: string;
  readonly email: string | null;
  readonly misId: string | null;
};

type Value = { readonly words: string; readonly filter: 'Email' | 'MISID'; readonly text: string };

/** A vendor that ignores the filter shows all its users: a refusal is not worth more pages than these. */
const mostPages = 2;

/**
 * D-22: says which record is in the way of a refused create; null when the refusal has another reason.
 *
 * OneFile keeps an e-mail address, which is the login, and a MIS value unique over more than the search before a
 * create looks at: over all roles, centres and archived accounts. So the search is made again without a role and
 * without a centre, and each row is compared with the value alone. If no record with it is shown although
 * OneFile's words speak of one, it is outside what the token can see, and the message says so.
 */
export async function explainInUse(
  refusal: ApiFailure,
  unique: Unique,
  making: Making,
): Promise<Refusal | null> {
  for (const value of valuesOf(unique)) {
    const holder = await findHolder(value, unique, making);
    if (holder === null) continue;
    const message = refusal.detail === '' ? 'no reason given' : refusal.detail;
    const holding = { value: value.words, holder: describe(holder, making.parts) };
    const params = { name: unique.name, message, ...holding };
    return refuse('VALUE_IN_USE', `${value.words}: ${holder.id}`, params);
  }
  const words = refusal.detail;
  const isAboutUse = /in use|already|exist|duplicate|taken|unique/i.test(words);
  const named = valuesOf(unique).find(({ filter }) => patterns[filter].test(words));
  if (!isAboutUse || named === undefined) return null;
  const params = { name: unique.name, value: named.words, message: words };
  return refuse('VALUE_IN_USE_ELSEWHERE', words, params);
}

const patterns = { Email: /e-?mail|login|user ?name/i, MISID: /\bmis/i } as const;

function valuesOf({ email, misId }: Unique): readonly Value[] {
  const values: Value[] = [];
  if (email !== null) values.push({ words: 'e-mail address', filter: 'Email', text: email });
  if (misId !== null) values.push({ words: 'MIS value', filter: 'MISID', text: misId });
  return values;
}

/** Null when no such record is shown, or OneFile cannot be asked: then its own words must do. */
async function findHolder(
  { filter, text }: Value,
  { resource }: Unique,
  { parts, account }: Making,
): Promise<FoundRow | null> {
  const all = resource === 'User' ? parts.searches.users(null) : parts.searches.placements();
  const names = filter === 'Email' ? ['Email', 'Username'] : ['MISID', parts.names('placement.misId')];
  const search: Search = {
    ...all,
    filter: { [filter]: text },
    isWanted: (row) => names.some((name) => isSameName(textOf(row, name), text)),
    mayBeWanted: (row) => filter === 'Email' || textOf(row, 'MISID') === null || hasText(row, text),
  };
  const seen = new Set<string>();
  for (let place = firstPlace(search), read = 0; read < mostPages; read += 1) {
    const page = await searchPage(parts.api, search, { place, seen, account });
    if (page.kind !== 'rows') return null;
    const [holder] = page.rows;
    if (holder !== undefined) return holder;
    if (page.next === null) return null;
    for (const id of page.ids) seen.add(id);
    place = page.next;
  }
  return null;
}

function hasText(row: Row, text: string): boolean {
  return isSameName(textOf(row, 'MISID'), text);
}

const roleWords: Readonly<Record<number, string>> = {
  1: 'learner',
  4: 'trainee assessor',
  5: 'assessor',
  10: 'internal verifier',
  40: 'employer',
  45: 'observer',
};

/** `assessor Ada Brook (id 400002, archived, centre 302)` */
function describe(holder: FoundRow, { names, centreId }: CentreClient): string {
  const { id, row } = holder;
  const role = integerOf(row, names('user.role'));
  const kind = role === null ? 'record' : (roleWords[role] ?? `user of role ${role}`);
  const centre = idOf(row, names('user.organisation'));
  const more = [
    `id ${id}`,
    ...(flagOf(row, names('user.archived')) === true ? ['archived'] : []),
    ...(centre === null || centre === centreId ? [] : [`centre ${centre}`]),
  ];
  return `${kind} ${textOf(row, 'Name') ?? toFullName(holder)} (${more.join(', ')})`;
}
