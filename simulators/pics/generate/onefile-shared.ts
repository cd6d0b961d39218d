import { countOfficers, countOrganisations, type GeneratorInputs } from './inputs.ts';
import {
  assessorIdOf,
  centreId,
  classroomIdOf,
  customerId,
  defaultClassroomId,
  fallbackAssessorId,
  fallbackPlacementId,
  type OneFileEntry,
  oneFileEntry,
  placementIdOf,
  standardIdOf,
  withoutBlanks,
} from './onefile-records.ts';
import {
  createOfficer,
  createOfficerKey,
  createOrganisation,
  createOrganisationKey,
  officerCases,
} from './owners.ts';
import { createStream } from './stream.ts';
import { tagNames } from './words.ts';
import { ambiguousQualification, type Qualification, unknownQualification, type World } from './world.ts';

/** What OneFile holds beside learners: one customer with one centre, its lists, placements and assessors. */
export function* createOneFileShared(world: World): Generator<OneFileEntry> {
  const { inputs } = world;
  yield oneFileEntry('customers', { ID: customerId, Name: 'Larkfield Training', token: 'sim-customer-1' });
  yield oneFileEntry('organisations', {
    ID: centreId,
    CustomerID: customerId,
    Name: 'Larkfield Training',
    KeychainCreationForNewUserActive: true,
    KeychainEmailSuppression: true,
  });
  yield* createClassrooms();
  yield* createPlacements(inputs);
  for (const qualification of world.qualifications) yield* createStandards(qualification);
  yield* createAssessors(inputs);
}

/** A classroom for every tag but the last two: those have none to be found. */
function* createClassrooms(): Generator<OneFileEntry> {
  yield oneFileEntry('classrooms', {
    ID: defaultClassroomId,
    OrganisationID: centreId,
    Name: 'All learners',
  });
  for (const [index, name] of tagNames.slice(0, -2).entries())
    yield oneFileEntry('classrooms', { ID: classroomIdOf(index + 1), OrganisationID: centreId, Name: name });
}

function* createPlacements(inputs: GeneratorInputs): Generator<OneFileEntry> {
  yield oneFileEntry('placements', {
    ID: fallbackPlacementId,
    OrganisationID: centreId,
    Name: 'Placement not known',
    Active: true,
  });
  for (let number = 1; number <= countOrganisations(inputs.learners); number += 1) {
    if (!createOrganisationKey(inputs.seed, number).isLinked) continue;
    const row = createOrganisation(inputs, number);
    const address = [row.addr1, row.addr2, row.addr3, row.postcode].filter(Boolean).join('\r\n');
    yield oneFileEntry(
      'placements',
      withoutBlanks({
        ID: placementIdOf(number),
        OrganisationID: centreId,
        Name: row.name,
        Address: address,
        Active: true,
        Email: row.email,
        Telephone: row.phone,
        Web: row.website,
        MISID: row.place,
      }),
    );
  }
}

/** The same code stands on three standards for one qualification, and one is unknown here (OF-12, OF-15). */
function* createStandards({ number, vqref, vqdesc }: Qualification): Generator<OneFileEntry> {
  if (number === unknownQualification) return;
  const standard = { ID: standardIdOf(number), Title: vqdesc, code: vqref };
  yield oneFileEntry('standards', standard);
  if (number !== ambiguousQualification) return;
  yield oneFileEntry('standards', { ...standard, ID: 5101, Title: `${vqdesc} (Retail pathway)` });
  yield oneFileEntry('standards', { ...standard, ID: 5102, Title: `${vqdesc} (Office pathway)` });
}

function* createAssessors(inputs: GeneratorInputs): Generator<OneFileEntry> {
  yield oneFileEntry('users', {
    ID: fallbackAssessorId,
    OrganisationID: centreId,
    Role: 5,
    FirstName: 'Office',
    LastName: 'Assessor',
    Email: 'office@staff.example.org',
  });
  const shared = createOfficerKey(inputs.seed, officerCases.sharedMisValue).code;
  for (let number = 1; number <= countOfficers(inputs.learners); number += 1) {
    const isShared = number === officerCases.sharedMisValue || number === officerCases.sharedMisValueTwin;
    if (!isShared && !createOfficerKey(inputs.seed, number).isLinked) continue;
    const row = createOfficer(inputs, number);
    const record = withoutBlanks({
      ID: assessorIdOf(number),
      OrganisationID: centreId,
      Role: assessorRole(inputs.seed, number),
      FirstName: row.forename,
      LastName: row.surname,
      Email: row.email,
      Telephone: row.phone,
      MobileNumber: row.mobile,
      MISID: isShared ? shared : row.code,
    });
    const isArchived = number === officerCases.sharedMisValueTwin;
    yield oneFileEntry('users', isArchived ? { ...record, archived: true } : record);
  }
}

/** A few are trainee assessors: "all assessors" takes two searches. */
function assessorRole(seed: number, number: number): number {
  return number > officerCases.unlinked && createStream(seed, 'officer-role', number).isBelow(0.15) ? 4 : 5;
}
