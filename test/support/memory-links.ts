import type { Renaming } from '../../src/domain/change.ts';
import type { LaneKey } from '../../src/domain/ledger.ts';
import type { Link, LinkKey, LinkKind, NewLink, SharedRecord } from '../../src/domain/link.ts';
import type { Report } from '../../src/domain/rows.ts';

type Scope = Pick<LaneKey, 'vendor' | 'centre'>;

/**
 * The link table in memory: one to one in both directions (G-2), but for officers, who may share an assessor (D-8). Links
 * are found by either side or by their learner.
 */
export class MemoryLinks {
  readonly #byPicsId = new Map<string, Link>();
  /** PICS ids by vendor id, those linked first in front. */
  readonly #byVendorId = new Map<string, Set<string>>();
  readonly #byIdent = new Map<string, Set<string>>();

  /** By vendor id, the place of the making of a link among all makings. */
  readonly #made = new Map<string, number>();
  /** How many links were ever made. */
  madeCount = 0;

  get all(): readonly Link[] {
    return [...this.#byPicsId.values()];
  }

  /** Those that were made after so many were, and are still there. */
  madeSince(count: number): readonly Link[] {
    return this.all.filter((link) => (this.#made.get(toKey(link, link.kind, link.vendorId)) ?? 0) > count);
  }

  ofLearner({ vendor, centre, ident }: LaneKey): readonly Link[] {
    const keys = this.#byIdent.get(`${vendor} ${centre} ${ident}`) ?? [];
    return [...keys].map((key) => this.#byPicsId.get(key) as Link);
  }

  findByPicsId(scope: Scope, kind: LinkKind, picsId: string): Link | undefined {
    return this.#byPicsId.get(toKey(scope, kind, picsId));
  }

  findByVendorId(scope: Scope, kind: LinkKind, vendorId: string): Link | undefined {
    return this.allByVendorId(scope, kind, vendorId)[0];
  }

  /** Those made first in front. */
  allByVendorId(scope: Scope, kind: LinkKind, vendorId: string): readonly Link[] {
    const picsIds = this.#byVendorId.get(toKey(scope, kind, vendorId)) ?? [];
    return [...picsIds].map((picsId) => this.#byPicsId.get(toKey(scope, kind, picsId)) as Link);
  }

  /** D-8 */
  sharedOf({ vendor, centre }: Scope, kind: LinkKind): readonly SharedRecord[] {
    const links = this.all.filter(
      (link) => link.vendor === vendor && link.centre === centre && link.kind === kind,
    );
    return [...Map.groupBy(links, ({ vendorId }) => vendorId).keys()]
      .toSorted()
      .map((vendorId) => {
        const codes = this.allByVendorId({ vendor, centre }, kind, vendorId).map(({ picsId }) => picsId);
        return { vendorId, codes };
      })
      .filter(({ codes }) => codes.length > 1);
  }

  /** As it stands, whatever stands against it. */
  put(link: Link): void {
    const key = toKey(link, link.kind, link.picsId);
    const isKnown = this.#byPicsId.get(key)?.vendorId === link.vendorId;
    const madeBefore = this.#made.get(toKey(link, link.kind, link.vendorId));
    this.remove(link, link);
    this.#byPicsId.set(key, link);
    const vendorKey = toKey(link, link.kind, link.vendorId);
    const picsIds = this.#byVendorId.get(vendorKey);
    if (picsIds === undefined) this.#byVendorId.set(vendorKey, new Set([link.picsId]));
    else picsIds.add(link.picsId);
    if (!isKnown) this.madeCount += 1;
    this.#made.set(vendorKey, isKnown ? (madeBefore ?? this.madeCount) : this.madeCount);
    if (link.ident === null) return;
    const of = `${link.vendor} ${link.centre} ${link.ident}`;
    const keys = this.#byIdent.get(of);
    if (keys === undefined) this.#byIdent.set(of, new Set([key]));
    else keys.add(key);
  }

  remove(scope: Scope, { kind, picsId }: LinkKey): void {
    const key = toKey(scope, kind, picsId);
    const known = this.#byPicsId.get(key);
    if (known === undefined) return;
    this.#byPicsId.delete(key);
    const vendorKey = toKey(known, kind, known.vendorId);
    const picsIds = this.#byVendorId.get(vendorKey);
    picsIds?.delete(picsId);
    if (picsIds?.size === 0) this.#byVendorId.delete(vendorKey);
    this.#made.delete(vendorKey);
    this.#byIdent.get(`${known.vendor} ${known.centre} ${known.ident}`)?.delete(key);
  }

  /** `made`, or who has the vendor id instead (null: nobody, this record has another). */
  make({ replaces, ...link }: NewLink): 'made' | string | null {
    const holders = this.allByVendorId(link, link.kind, link.vendorId);
    if (holders.some(({ picsId }) => picsId === link.picsId)) return 'made';
    const [holder] = holders;
    if (holder !== undefined && link.kind !== 'officer') return holder.picsId;
    const own = this.findByPicsId(link, link.kind, link.picsId);
    if (own === undefined ? replaces !== undefined : own.vendorId !== replaces) return null;
    this.put({ ...link, copiedAtMs: null });
    return 'made';
  }

  /** Whether the vendor's learner is linked by one of the first so many links that were made. */
  isLearnerAmong(scope: Scope, vendorId: string, count: number): boolean {
    const key = toKey(scope, 'learner', vendorId);
    return this.#byVendorId.has(key) && (this.#made.get(key) ?? 0) <= count;
  }

  /** a record's own link, and of a learner those of its qualifications, reviews and visits. */
  rename(scope: Scope, { entity, from, to }: Renaming): number {
    const own = this.findByPicsId(scope, entity, from);
    const below = entity === 'learner' ? this.ofLearner({ ...scope, ident: from }) : [];
    let count = 0;
    for (const link of new Set(own === undefined ? below : [own, ...below])) {
      const isBelow = link.kind === 'qualification' && link !== own;
      const picsId = link === own ? to : isBelow ? to + link.picsId.slice(from.length) : link.picsId;
      if (isBelow && this.findByPicsId(scope, link.kind, picsId) !== undefined) continue;
      const vendorKey = toKey(link, link.kind, link.vendorId);
      const made = this.#made.get(vendorKey) ?? 0;
      this.remove(link, link);
      this.put({ ...link, picsId, ident: link.ident === null ? null : to });
      this.#made.set(vendorKey, made);
      count += 1;
    }
    return count;
  }

  /** PICS shows these ids now. A link that changed meanwhile stays to be announced. */
  markCopied(links: Report['copied'], nowMs: number): void {
    for (const link of links) {
      const key = toKey(link, link.kind, link.picsId);
      const known = this.#byPicsId.get(key);
      if (known === undefined || known.vendorId !== link.vendorId || known.copiedAtMs !== null) continue;
      this.#byPicsId.set(key, { ...known, copiedAtMs: nowMs });
    }
  }
}

function toKey({ vendor, centre }: Scope, kind: LinkKind, id: string): string {
  return `${vendor} ${centre} ${kind} ${id}`;
}
