import { peopleCases } from './cases-people.ts';
import { planCases } from './cases-plan.ts';
import { reviewCases } from './cases-reviews.ts';
import type { Vendor } from './inputs.ts';
import type { Learner } from './learner.ts';
import { learnerDomain, toEmail } from './people.ts';
import type { World } from './world.ts';

/** Where the cases are linked. Cases about enrolment are not linked; links by hand are made with the inputs. */
export const caseVendors: Readonly<Record<string, Vendor>> = {
  '10001': 'onefile',
  '10002': 'onefile',
  '10003': 'onefile',
  '10004': 'onefile',
  '10005': 'onefile',
  '10006': 'onefile',
  '10007': 'onefile',
  '10008': 'onefile',
  '10009': 'onefile',
  '10011': 'onefile',
  '10017': 'onefile',
  '10019': 'onefile',
  '10020': 'onefile',
  '10021': 'onefile',
  '10022': 'onefile',
  '10025': 'both',
  '10026': 'onefile',
  '10029': 'smartassessor',
  '10030': 'onefile',
};

/** Turns a plain learner into its case. Number 10025, linked to both vendors, needs nothing more. */
export function toCase(plain: Learner, world: World): Learner {
  const make = peopleCases[plain.ident] ?? planCases[plain.ident] ?? reviewCases[plain.ident];
  if (make === undefined) return plain;
  return withMatchingEmail({ ...plain, rows: { ...plain.rows, ...make(plain, world) } });
}

/** The address is made of the names, which a case may have changed. */
function withMatchingEmail(learner: Learner): Learner {
  const [trainee] = learner.rows.trainee;
  const [details] = learner.rows.pctrndet;
  if (trainee === undefined || details?.email == null) return learner;
  const name = { first: trainee.firstname, last: trainee.surname };
  const email = toEmail(name, learner.ident, learnerDomain);
  return { ...learner, rows: { ...learner.rows, pctrndet: [{ ...details, email }] } };
}
