import type { Deployment, RoleProcess } from '../../test/support/deployment/deployment.ts';

export type Person = {
  readonly ident: string;
  readonly name: string;
  /** The learner's id at OneFile. */
  readonly oneFileId: number;
};

/** What the steps play with. */
export type Scene = {
  readonly installation: Deployment;
  readonly person: (ident: string) => Person;
  /** The outbound worker that runs at present. */
  readonly outbound: () => RoleProcess;
  /** Starts another outbound worker, which is the one from then on. */
  readonly startOutbound: () => Promise<void>;
  /** Where the story proper begins: OneFile's history and what was held by then. Known once OneFile is enabled. */
  readonly begin: { since: number; held: number };
  readonly signal: AbortSignal;
};

export function findPerson({ dataset }: Deployment, ident: string): Person {
  for (const { ident: code, rows } of dataset.learners()) {
    if (code !== ident) continue;
    const [trainee] = rows.trainee;
    const [details] = rows.pctrndet;
    const name = `${trainee?.firstname ?? ''} ${trainee?.surname ?? ''}`.trim();
    return { ident, name, oneFileId: Number(details?.other_sys_id) };
  }
  throw new Error(`there is no learner ${ident} in the invented PICS`);
}
