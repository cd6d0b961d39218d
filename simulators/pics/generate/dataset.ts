import {
  countOfficers,
  countOrganisations,
  defaultInputs,
  findInputFault,
  type GeneratorInputs,
} from './inputs.ts';
import type { Learner } from './learner.ts';
import { createLearner } from './learners.ts';
import { createOneFileLearner, toOneFileEntries } from './onefile-learner.ts';
import type { OneFileEntry } from './onefile-records.ts';
import { createOneFileShared } from './onefile-shared.ts';
import { createOfficer, createOfficerRoles, createOrganisation, createOrganisationRoles } from './owners.ts';
import { type LearnerRows, learnerTables, type PicsRows, type PicsTable, type SharedRows } from './rows.ts';
import { createSmartAssessorLearner } from './smart-assessor-learner.ts';
import type { SmartAssessorEntry } from './smart-assessor-records.ts';
import { createSmartAssessorShared } from './smart-assessor-shared.ts';
import { createQualifications, createWorld } from './world.ts';

/** A seeded set. Everything is made while it is read; nothing is kept, so its size costs time but no memory. */
export interface Dataset {
  inputs: GeneratorInputs;
  learners(): Generator<Learner>;
  learner(number: number): Learner;
  rows<T extends PicsTable>(table: T): Generator<PicsRows[T][number]>;
  /** What OneFile holds: first what learners refer to, then learner by learner. */
  oneFile(): Generator<OneFileEntry>;
  /** What Smart Assessor holds, in the same order. */
  smartAssessor(): Generator<SmartAssessorEntry>;
}

/** Throws when the inputs cannot be used; ask `findInputFault` first where a user gave them. */
export function createDataset(given: Partial<GeneratorInputs> = {}): Dataset {
  const inputs = { ...defaultInputs, ...given };
  const fault = findInputFault(inputs);
  if (fault !== null) throw new Error(fault);
  const world = createWorld(inputs);
  const learner = (number: number): Learner => createLearner(world, number);

  function* learners(): Generator<Learner> {
    for (let number = 1; number <= inputs.learners; number += 1) yield learner(number);
  }
  function* rows<T extends PicsTable>(table: T): Generator<PicsRows[T][number]> {
    if (isLearnerTable(table)) {
      for (const { rows: own } of learners()) yield* own[table];
    } else {
      yield* createSharedRows(inputs)[table as keyof SharedRows]() as Iterable<PicsRows[T][number]>;
    }
  }
  function* oneFile(): Generator<OneFileEntry> {
    yield* createOneFileShared(world);
    for (const each of learners()) {
      const records = createOneFileLearner(each, world);
      if (records !== null) yield* toOneFileEntries(records);
    }
  }
  function* smartAssessor(): Generator<SmartAssessorEntry> {
    yield* createSmartAssessorShared(world);
    for (const each of learners()) yield* createSmartAssessorLearner(each, world);
  }
  return { inputs, learners, learner, rows, oneFile, smartAssessor };
}

function isLearnerTable(table: PicsTable): table is keyof LearnerRows {
  return (learnerTables as readonly string[]).includes(table);
}

function createSharedRows(inputs: GeneratorInputs): {
  [T in keyof SharedRows]: () => Iterable<SharedRows[T][number]>;
} {
  const { seed, learners } = inputs;
  const officers = countOfficers(learners);
  const organisations = countOrganisations(learners);
  return {
    revtype: () => reviewTypes,
    sysconf: () => [
      { name: 'OF_DESKTOP_USER', value: null },
      { name: 'OF_DESKTOP_SCHED', value: 'N' },
    ],
    pcqual: () => createQualifications(seed).map(toCatalogueRow),
    officer: () => each(officers, (number) => [createOfficer(inputs, number)]),
    offrole: () => each(officers, (number) => createOfficerRoles(seed, number)),
    placemnt: () => each(organisations, (number) => [createOrganisation(inputs, number)]),
    plrole: () => each(organisations, (number) => createOrganisationRoles(seed, number)),
  };
}

const reviewTypes: SharedRows['revtype'] = [
  { code: 'N', descr: 'Progress review', normal: 'Y' },
  { code: 'C', descr: 'Contact', normal: null },
  { code: 'M', descr: 'Health and safety', normal: null },
  { code: 'A', descr: 'Assessment', normal: null },
  { code: 'S', descr: 'Support', normal: null },
];

function toCatalogueRow({ number: _, ...row }: SharedRows['pcqual'][number] & { number: number }) {
  return row;
}

function* each<T>(count: number, create: (number: number) => readonly T[]): Generator<T> {
  for (let number = 1; number <= count; number += 1) yield* create(number);
}
