import { toLondonDate, toLondonTime } from '../domain/london.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type { Pics, Store } from '../domain/ports.ts';
import type { FutureDate, StartedLearner, Stranger } from '../domain/report.ts';
import type { SharedSettings, Vendor } from '../vendors/vendor.ts';

/*
 * The provider's own reports: what an administrator puts right in PICS or at a vendor, because no rule of the exchange
 * can. Each is made for one vendor out of PICS and the sync database; the vendor is not called. What the sync database
 * knows of a vendor is what the last full pass has shown.
 */

/** What a report is made from. */
type ReportSite = {
  readonly vendor: Vendor;
  /** The vendor's section of the configuration. */
  readonly settings: unknown;
  readonly shared: Pick<SharedSettings, 'externalIdVendor' | 'pics'>;
  readonly centre: string;
  readonly pics: Pics;
  readonly store: Store;
  readonly nowMs: number;
};

/** Values by column. A blank is null. */
export type ReportRow = Readonly<Record<string, string | number | null>>;

export type ProviderReport = {
  readonly name: string;
  /** What its rows are, in a few words. */
  readonly about: string;
  readonly columns: readonly string[];
  /** The sentence when it has no row. */
  readonly empty: string;
  /** The rows in their order, or the sentence why they cannot be known. */
  read(site: ReportSite): Promise<readonly ReportRow[] | string>;
};

export const reports: readonly ProviderReport[] = [
  {
    name: 'unlinked-learners',
    about: 'learners in learning who have begun and are not linked',
    columns: ['learner', 'name', 'started', 'status', 'id in PICS'],
    empty: 'Every learner who has begun is linked.',
    read: readUnlinkedLearners,
  },
  {
    name: 'undated-reviews',
    about: 'reviews of linked learners without a proposed date',
    columns: ['learner', 'review', 'type', 'officer', 'actual'],
    empty: 'Every review of a linked learner has a proposed date.',
    read: readUndatedReviews,
  },
  {
    name: 'future-dates',
    about: 'actual dates of linked learners that lie in the future',
    columns: ['learner', 'what', 'record', 'date'],
    empty: 'No actual date of a linked learner lies in the future.',
    read: readFutureDates,
  },
  {
    name: 'unlinked-officers',
    about: 'officers of linked learners who are not linked',
    columns: ['officer', 'name', 'dormant', 'id in PICS'],
    empty: 'Every officer of a linked learner is linked.',
    read: (site) => readUnlinkedOwners(site, 'officer'),
  },
  {
    name: 'unlinked-organisations',
    about: 'organisations of linked learners that are not linked',
    columns: ['organisation', 'name', 'id in PICS'],
    empty: 'Every organisation of a linked learner is linked.',
    read: (site) => readUnlinkedOwners(site, 'organisation'),
  },
  {
    name: 'unoffered-qualifications',
    about: 'qualifications of linked and live learners that the vendor does not offer',
    columns: ['reference'],
    empty: 'Every qualification in use is offered.',
    read: readUnoffered,
  },
  {
    name: 'long-breaks',
    about: 'linked learners whose break may have lasted more than 180 days',
    columns: ['learner', 'name', 'since', 'days', 'known from'],
    empty: 'No linked learner has been on a break for more than 180 days.',
    read: readLongBreaks,
  },
  {
    name: 'accounts-without-learner',
    about: 'accounts at the vendor without a learner in PICS',
    columns: ['account', 'archived', 'may be learner', 'by'],
    empty: 'Every account has a learner in PICS.',
    read: readStrangers,
  },
];

const learnerPage = 5_000;

async function readLinkedIdents({ store, vendor, centre }: ReportSite): Promise<readonly string[]> {
  const idents: string[] = [];
  for (;;) {
    const page = { afterIdent: idents.at(-1) ?? null, limit: learnerPage };
    const learners = await store.links.readLearners({ vendor: vendor.name, centre }, page);
    idents.push(...learners.map(({ ident }) => ident));
    if (learners.length < learnerPage) return idents;
  }
}

const noStandings = 'PICS has no column that says where learners stand, or when they began.';

async function readStarted({ pics, shared, nowMs }: ReportSite): Promise<readonly StartedLearner[] | string> {
  const { liveLetters: letters } = shared.pics;
  return (await pics.readStartedLearners({ letters, onDate: toLondonDate(nowMs) })) ?? noStandings;
}

/** D-20: a learner whose portfolio in use is another system's belongs there. */
async function readUnlinkedLearners(site: ReportSite): Promise<readonly ReportRow[] | string> {
  const { vendor, pics, nowMs } = site;
  const started = await readStarted(site);
  if (typeof started === 'string') return started;
  const today = toLondonDate(nowMs);
  const linked = new Set(await readLinkedIdents(site));
  const shown = await pics.readVendorLearners(vendor.columns.learner);
  const ids = new Map(shown.map(({ ident, vendorId }) => [ident, vendorId]));
  return started
    .filter(({ ident }) => !linked.has(ident))
    .filter(({ isSuspended, endOn }) => isSuspended || endOn === null || endOn >= today)
    .filter(({ portfolio }) => portfolio === null || portfolio === vendor.columns.activePortfolio)
    .map(({ ident, name, startOn, status }) => ({
      learner: ident,
      name,
      started: startOn,
      status,
      'id in PICS': ids.get(ident) ?? null,
    }));
}

async function readUndatedReviews(site: ReportSite): Promise<readonly ReportRow[] | string> {
  const reviews = await site.pics.readUndatedReviews(await readLinkedIdents(site));
  if (reviews === null) return 'PICS has no column for the proposed date of a review.';
  return reviews.map(({ ident, id, type, officer, actualAt }) => ({
    learner: ident,
    review: id,
    type,
    officer,
    actual: actualAt?.replace('T', ' ') ?? null,
  }));
}

const futureWords: Readonly<Record<FutureDate['what'], string>> = {
  review: 'review held',
  learner: 'end of the learner',
  qualification: 'end of a qualification',
};

async function readFutureDates(site: ReportSite): Promise<readonly ReportRow[]> {
  const idents = await readLinkedIdents(site);
  const dates = await site.pics.readFutureDates({ idents, after: toLondonTime(site.nowMs) });
  return dates.map(({ ident, what, record, at }) => ({
    learner: ident,
    what: futureWords[what],
    record,
    date: at.replace('T', ' '),
  }));
}

async function readUnlinkedOwners(site: ReportSite, kind: OwnerKind): Promise<readonly ReportRow[]> {
  const { vendor, centre, shared, pics, store } = site;
  const used = await pics.readUsedOwners(await readLinkedIdents(site));
  const owners = kind === 'officer' ? used.officers : used.organisations;
  const codes = owners.map(({ code }) => code);
  const links = await store.links.readByPicsIds({ vendor: vendor.name, centre, kind }, codes);
  const linked = new Set(links.map(({ picsId }) => picsId));
  // the one column of ids belongs to one vendor.
  const isOurs = shared.externalIdVendor === vendor.name;
  return owners
    .filter(({ code }) => !linked.has(code))
    .map(({ code, name, isDormant, externalId }) => ({
      [kind]: code,
      name,
      ...(kind === 'officer' ? { dormant: isDormant ? 'yes' : 'no' } : {}),
      'id in PICS': isOurs ? externalId : null,
    }));
}

/** OF-18, SA-14: compared with the list of what is offered as it was read last. */
async function readUnoffered(site: ReportSite): Promise<readonly ReportRow[] | string> {
  const { vendor, centre, settings, shared, pics, store } = site;
  const rows = await store.catalogue.read({ vendor: vendor.name, centre });
  if (rows.length === 0)
    return `What ${vendor.title} offers was never read. Run "${vendor.configName} refresh-links" first.`;
  const idents = await readLinkedIdents(site);
  const used = await pics.readUsedReferences({ idents, letters: shared.pics.liveLetters });
  return vendor.reports.findUnoffered(settings, used, rows).map((reference) => ({ reference }));
}

const longBreakDays = 180;
const dayMs = 86_400_000;

/**
 * PICS says that a learner is on a break, and not since when. The end date says it where the break was entered as an end;
 * else the break cannot be longer than since the last review that was held, or since the start.
 */
async function readLongBreaks(site: ReportSite): Promise<readonly ReportRow[] | string> {
  const started = await readStarted(site);
  if (typeof started === 'string') return started;
  const linked = new Set(await readLinkedIdents(site));
  const today = toLondonDate(site.nowMs);
  return started
    .filter(({ ident, isSuspended }) => isSuspended && linked.has(ident))
    .map(({ ident, name, startOn, endOn, lastHeldOn }) => {
      const [since, source] =
        endOn !== null
          ? [endOn, 'end date']
          : lastHeldOn !== null
            ? [lastHeldOn, 'last review held']
            : [startOn, 'start'];
      const days = Math.round((Date.parse(today) - Date.parse(since)) / dayMs);
      return { learner: ident, name, since, days, 'known from': source };
    })
    .filter(({ days }) => days > longBreakDays);
}

const likeWords: Readonly<Record<NonNullable<Stranger['like']>['by'], string>> = {
  misValue: 'MIS value',
  uln: 'ULN',
  names: 'names and birth date',
  'doubtful-id': 'an id in PICS that is not taken',
};

async function readStrangers(site: ReportSite): Promise<readonly ReportRow[] | string> {
  const { vendor, centre, pics, store } = site;
  const passId = await store.polling.readLastPass({ vendor: vendor.name, centre, entity: 'learner' });
  if (passId === null)
    return `The learners of ${vendor.title} were never read whole. The next full pass reads them: "${vendor.configName} pull".`;
  const strangers = await vendor.reports.readStrangers({ pics, store }, { centre, passId });
  return strangers.map(({ vendorId, isArchived, like }) => ({
    account: vendorId,
    archived: isArchived === null ? null : isArchived ? 'yes' : 'no',
    'may be learner': like?.ident ?? null,
    by: like === null ? null : likeWords[like.by],
  }));
}
