import type { OneFileLearner } from './onefile-learner.ts';
import type { OneFileRecord } from './onefile-records.ts';

/** Where a case says that the two sides differ. */
export function toOneFileCase(ident: string, records: OneFileLearner): OneFileLearner {
  switch (ident) {
    case '10003':
      return { ...records, aims: withEach(records.aims, [{}, { RegistrationNumber: '' }, blankAim]) };
    case '10011':
      return {
        ...records,
        aims: withEach(records.aims, [{ Progress: 62.5 }, { Progress: 40 }]).map(withPair),
      };
    default:
      return records;
  }
}

const blankAim = {
  RegistrationNumber: '   ',
  RegistrationDate: null,
  CertificateAppliedDate: null,
  CertificateReceivedDate: null,
};

function withEach(records: readonly OneFileRecord[], fields: readonly OneFileRecord[]): OneFileRecord[] {
  return records.map((record, index) => ({ ...record, ...fields[index] }));
}

/** The explicit pair, where it is asked for, must tell the same as the percentage. */
function withPair(aim: OneFileRecord): OneFileRecord {
  return 'ElementsTotal' in aim
    ? { ...aim, ElementsTotal: 40, ElementsDone: Math.round((Number(aim['Progress']) * 40) / 100) }
    : aim;
}
