import type { Deployment } from '../support/deployment/deployment.ts';

/** A delivery qualification with a registration number that is blank in PICS and at OneFile. */
export type BlankAim = {
  readonly ident: string;
  readonly reference: string;
  readonly seq: number;
  readonly aimId: string;
};

/** Clears the registration number of linked qualifications on both sides, so that each can be typed into PICS once. */
export async function blankAims({ store, pics, oneFile }: Deployment, count: number): Promise<BlankAim[]> {
  const { rows } = await store.query<{ picsId: string; aimId: string }>(
    `select pics_id as "picsId", vendor_id as "aimId" from sync.link where kind = 'qualification'
      order by md5(pics_id) limit $1`,
    [count],
  );
  const aims = rows.map(({ picsId, aimId }): BlankAim => {
    const [ident = '', ...rest] = picsId.split('/');
    const seq = Number(rest.pop());
    return { ident, reference: rest.join('/'), seq, aimId };
  });
  for (const { aimId } of aims)
    await oneFile.post(`/act/aims/${aimId}/registration`, { registrationNumber: null });
  for (const { ident, reference, seq } of aims)
    await pics.query(`update pics.trqual set regno = null where ident = $1 and vqref = $2 and seq = $3`, [
      ident,
      reference,
      seq,
    ]);
  return aims;
}

export async function typeRegistration({ pics }: Deployment, aim: BlankAim, value: string): Promise<void> {
  await pics.query(`update pics.trqual set regno = $4 where ident = $1 and vqref = $2 and seq = $3`, [
    aim.ident,
    aim.reference,
    aim.seq,
    value,
  ]);
}
