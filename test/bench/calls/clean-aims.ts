import type { Deployment } from '../../support/deployment/deployment.ts';

/** A linked qualification, of a learner of its own, with its four exchanged fields blank on both sides. */
export type CleanAim = {
  readonly ident: string;
  readonly reference: string;
  readonly seq: number;
  readonly aimId: string;
};

/** The four fields of a qualification that travel to OneFile, by their columns. */
export const fields = {
  regno: (aim: CleanAim) => `BENCH${aim.aimId}`,
  regdate: () => '2026-02-03',
  certappl: () => '2026-03-04',
  certrecd: () => '2026-04-05',
} as const;
export type Field = keyof typeof fields;

/** Blanks the fields on both sides. No role may be looking, or they would be restored from the other side. */
export async function cleanAims({ store, pics, oneFile }: Deployment, count: number): Promise<CleanAim[]> {
  const { rows } = await store.query<{ picsId: string; aimId: string }>(
    `select distinct on (ident) pics_id as "picsId", vendor_id as "aimId" from sync.link
      where kind = 'qualification' and ident >= '20000' order by ident, pics_id limit $1`,
    [count],
  );
  if (rows.length < count) throw new Error(`${rows.length} learners with a linked aim; ${count} are needed`);
  const aims = rows.map(({ picsId, aimId }): CleanAim => {
    const [ident = '', ...rest] = picsId.split('/');
    const seq = Number(rest.pop());
    return { ident, reference: rest.join('/'), seq, aimId };
  });
  const nothing = {
    registrationNumber: null,
    registrationDate: null,
    certificateAppliedDate: null,
    certificateReceivedDate: null,
  };
  for (const { aimId } of aims) await oneFile.post(`/act/aims/${aimId}/registration`, nothing);
  for (const aim of aims)
    await type({ pics }, aim, { regno: null, regdate: null, certappl: null, certrecd: null });
  return aims;
}

/** One statement, one commit. */
export async function type(
  { pics }: Pick<Deployment, 'pics'>,
  aim: CleanAim,
  values: Partial<Record<Field, string | null>>,
): Promise<void> {
  const set = Object.keys(values).map((column, at) => `${column} = $${at + 4}`);
  await pics.query(`update pics.trqual set ${set.join()} where ident = $1 and vqref = $2 and seq = $3`, [
    ...[aim.ident, aim.reference, aim.seq],
    ...Object.values(values),
  ]);
}

export function typeFields(deployment: Deployment, aim: CleanAim, names: readonly Field[]): Promise<void> {
  return type(deployment, aim, Object.fromEntries(names.map((name) => [name, fields[name](aim)])));
}
