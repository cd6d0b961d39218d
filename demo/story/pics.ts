import { randomUUID } from 'node:crypto';
import type { Deployment } from '../../test/support/deployment/deployment.ts';

/** PICS as one of its users sees and changes it: plain SQL on the mirror of its tables. */
type Pics = Pick<Deployment, 'pics'>;

type Qualification = {
  readonly ident: string;
  readonly reference: string;
  readonly seq: number;
  readonly registrationNumber: string | null;
};

export async function readQualifications({ pics }: Pics, ident: string): Promise<Qualification[]> {
  const { rows } = await pics.query<Qualification>(
    `select trim(ident) as ident, trim(vqref) as reference, seq, nullif(trim(regno), '') as "registrationNumber"
       from pics.trqual where ident = $1 order by qend nulls first, vqref, seq`,
    [ident],
  );
  return rows;
}

type QualificationKey = Pick<Qualification, 'ident' | 'reference' | 'seq'>;

export async function typeRegistrationNumber(
  { pics }: Pics,
  { ident, reference, seq }: QualificationKey,
  number: string,
): Promise<void> {
  await pics.query('update pics.trqual set regno = $4 where ident = $1 and vqref = $2 and seq = $3', [
    ident,
    reference,
    seq,
    number,
  ]);
}

export async function readRegistrationNumber(
  installation: Pics,
  { ident, reference, seq }: QualificationKey,
): Promise<string | null> {
  const all = await readQualifications(installation, ident);
  return all.find((one) => one.reference === reference && one.seq === seq)?.registrationNumber ?? null;
}

export type PicsReview = {
  readonly id: string;
  readonly oneFileId: string | null;
  readonly attended: string | null;
  readonly actual: string | null;
  readonly traineeSigned: string | null;
};

/** Plans a review with the learner's own officer, as the review page of PICS does. `proposed` is a time in London. */
export async function planReview({ pics }: Pics, ident: string, proposed: string): Promise<string> {
  const id = randomUUID();
  await pics.query(
    `insert into pics.itp_revu (id, ident, type, proposed, initials)
       select $1, ident, 'N', $3, main_off from pics.trainee where ident = $2`,
    [id, ident, proposed],
  );
  return id;
}

export async function readReview({ pics }: Pics, id: string): Promise<PicsReview | null> {
  const { rows } = await pics.query<PicsReview>(
    `select id, nullif(trim(onefile_id), '') as "oneFileId", nullif(trim(attended), '') as attended,
            to_char(actual, 'YYYY-MM-DD HH24:MI') as actual, to_char(tr_signed, 'YYYY-MM-DD') as "traineeSigned"
       from pics.itp_revu where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

type QualificationState = {
  readonly reference: string;
  readonly registeredOn: string | null;
  readonly certificateReceivedOn: string | null;
  readonly elementsTotal: number | null;
  readonly elementsDone: number | null;
};

/** The qualification of the learner with this registration number; null = none has it. */
export async function readQualification(
  { pics }: Pics,
  ident: string,
  number: string,
): Promise<QualificationState | null> {
  const { rows } = await pics.query<QualificationState>(
    `select trim(vqref) as reference, to_char(regdate, 'YYYY-MM-DD') as "registeredOn",
            to_char(certrecd, 'YYYY-MM-DD') as "certificateReceivedOn", tot_elem as "elementsTotal",
            done_elem as "elementsDone"
       from pics.trqual where ident = $1 and trim(regno) = $2`,
    [ident, number],
  );
  return rows[0] ?? null;
}

export async function typeQualification(
  { pics }: Pics,
  { ident, number, column, value }: { ident: string; number: string; column: 'certappl'; value: string },
): Promise<void> {
  await pics.query(`update pics.trqual set ${column} = $3 where ident = $1 and trim(regno) = $2`, [
    ident,
    number,
    value,
  ]);
}

/** London's wall clock by the tables of the runtime, so that a mistake in pics-sync's own reckoning is seen. */
const wall = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/London',
  dateStyle: 'short',
  timeStyle: 'short',
});
const dayMs = 86_400_000;

/** The wall time in London of an instant, as PICS keeps it: `2026-01-15 10:00`. */
export function toLondonTime(instantMs: number): string {
  return wall.format(instantMs);
}

export function toLondonDate(instantMs: number): string {
  return toLondonTime(instantMs).slice(0, 10);
}

/** A wall time in London some days from now. */
export function inDays(days: number, time: string): string {
  return `${toLondonDate(Date.now() + days * dayMs)} ${time}`;
}
