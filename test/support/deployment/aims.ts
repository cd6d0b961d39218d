import type { Deployment } from './deployment.ts';

/** A delivery qualification with a field that both sides leave blank: a value of either side goes to the other. */
export type BlankAim = {
  readonly ident: string;
  readonly vqref: string;
  readonly seq: number;
  readonly aimId: number;
  readonly learnerId: number;
};

type Aim = {
  readonly ID: number;
  readonly UserID: number;
  readonly StandardID: number;
  readonly CertificateAppliedDate?: string | null;
  readonly RegistrationNumber?: string | null;
};

const properties = { certappl: 'CertificateAppliedDate', regno: 'RegistrationNumber' } as const;

/** One for each learner that has one, in order of idents. */
export async function readBlankAims(
  { pics, oneFile }: Deployment,
  column: keyof typeof properties = 'certappl',
): Promise<BlankAim[]> {
  const { rows } = await pics.query<{ ident: string; vqref: string; seq: number; learner: string }>(
    `select distinct on (q.ident) trim(q.ident) as ident, trim(q.vqref) as vqref, q.seq,
       trim(d.other_sys_id) as learner
     from pics.trqual q join pics.pctrndet d using (ident)
     where d.other_sys_id is not null and q.ident >= '20000' and q.${column} is null
       and (select count(*) from pics.trqual o where o.ident = q.ident and o.vqref = q.vqref) = 1
     order by q.ident, q.vqref`,
  );
  const aims = await oneFile.records<Aim>('aims');
  const standards = await oneFile.get<{ ID: number; code: string }[]>('/records/standards');
  return rows.flatMap(({ learner, ...row }) => {
    const learnerId = Number(learner);
    const aim = aims.find(
      (one) =>
        one.UserID === learnerId &&
        (one[properties[column]] ?? null) === null &&
        standards.some(({ ID, code }) => ID === one.StandardID && code === row.vqref),
    );
    return aim === undefined ? [] : [{ ...row, learnerId, aimId: aim.ID }];
  });
}

/** As a user of PICS types it. */
export async function setCertificateApplied(
  { pics }: Deployment,
  { ident, vqref, seq }: BlankAim,
  date: string | null,
): Promise<void> {
  await pics.query('update pics.trqual set certappl = $4 where ident = $1 and vqref = $2 and seq = $3', [
    ident,
    vqref,
    seq,
    date,
  ]);
}

export async function readAim({ oneFile }: Deployment, { aimId }: BlankAim): Promise<Aim> {
  return oneFile.get<Aim>(`/records/aims/${aimId}`);
}

/** Changes with every write of the row. */
export async function readAimRow(
  { pics }: Deployment,
  { ident, vqref, seq }: BlankAim,
): Promise<{ readonly certappl: string | null; readonly xmin: string }> {
  const { rows } = await pics.query<{ certappl: string | null; xmin: string }>(
    `select certappl::text, xmin::text from pics.trqual where ident = $1 and vqref = $2 and seq = $3`,
    [ident, vqref, seq],
  );
  return rows[0] ?? { certappl: null, xmin: '' };
}
