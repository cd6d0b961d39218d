import type pg from 'pg';
import type { Store } from '../domain/ports.ts';
import { acknowledgeAlarms, listOpenAlarms, raiseAlarm } from './alarms.ts';
import {
  countDifferences,
  forgetUnlinkedDifferences,
  listDifferences,
  readAuditPlace,
  readDifferencesDue,
  recordAuditPlace,
  recordDifferences,
} from './differences.ts';
import { correctEnrolment, openEnrolment, readEnrolment } from './enrolments.ts';
import {
  countHeldByReason,
  forgetDue,
  listHeld,
  postpone,
  readDue,
  readHeldLanes,
  readIdentsHeldFor,
  retryHeld,
  skipHeld,
} from './held.ts';
import { readUnsettledIdents } from './intents.ts';
import { recordReport } from './journal.ts';
import { createLedger } from './ledger.ts';
import {
  countLinks,
  linkSeen,
  readLinkedLearners,
  readLinkedOwners,
  readLinks,
  readLinksByVendorIds,
  readSharedOwners,
  recordLinks,
  renameLink,
} from './links.ts';
import { countRecords, createPollStore, readPollLearners, readRuns } from './polling.ts';
import {
  addRunCalls,
  addRunItems,
  askForRun,
  clearRunItems,
  endRunItem,
  endRunItems,
  listRunItems,
  listRuns,
  moveRun,
  readNextRun,
  readRun,
  readRunState,
  recordHappened,
} from './runs.ts';
import { readLastPass, readSeenIds, readSeenShadows } from './shadows.ts';
import { createUserStore } from './users.ts';
import {
  clearSyncDue,
  disableVendor,
  enableVendor,
  forgetField,
  noteConfirmed,
  readCatalogue,
  readFields,
  readVendorState,
  replaceCatalogue,
  requestSync,
} from './vendor-state.ts';
import { openWorker } from './worker.ts';

/** The sync database behind its port. The pool is the caller's; a worker has a connection of its own. */
export function createStore({
  pool,
  databaseUrl,
}: {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
}): Store {
  return {
    ledger: createLedger(pool),
    joinAsWorker: () => openWorker({ databaseUrl }),
    readUnsettledIdents: (vendor, page) => readUnsettledIdents(pool, vendor, page),
    links: {
      readByVendorIds: (scope, vendorIds) => readLinksByVendorIds(pool, scope, vendorIds),
      readByPicsIds: (scope, picsIds) => readLinks(pool, scope, picsIds),
      readLearners: (scope, page) => readLinkedLearners(pool, scope, page),
      readOwners: (scope, page) => readLinkedOwners(pool, scope, page),
      readShared: (scope) => readSharedOwners(pool, scope),
      count: (scope) => countLinks(pool, scope),
      record: (links) => recordLinks(pool, links),
      recordSeen: (links) => linkSeen(pool, links),
      rename: (scope, renaming, facts) => renameLink(pool, scope, renaming, facts),
    },
    held: {
      list: (filter) => listHeld(pool, filter),
      retry: (choice, act) => retryHeld(pool, choice, act),
      skip: (id, act) => skipHeld(pool, id, act),
      readIdentsFor: (vendor, param) => readIdentsHeldFor(pool, vendor, param),
      readLanes: (vendor) => readHeldLanes(pool, vendor),
      countByReason: () => countHeldByReason(pool),
    },
    enrolments: {
      read: (id) => readEnrolment(pool, id),
      open: (lane, enrolment) => openEnrolment(pool, lane, enrolment),
      correct: (lane, correct) => correctEnrolment(pool, lane, correct),
    },
    fields: {
      list: (scope) => readFields(pool, scope),
      forget: (scope, field) => forgetField(pool, scope, field),
    },
    postponed: {
      add: (postponed) => postpone(pool, postponed),
      readDue: (vendor, limit) => readDue(pool, vendor, limit),
      forgetDue: (vendor, due) => forgetDue(pool, vendor, due),
    },
    catalogue: {
      read: (scope) => readCatalogue(pool, scope),
      replace: (scope, rows) => replaceCatalogue(pool, scope, rows),
    },
    vendors: {
      readState: (vendor) => readVendorState(pool, vendor),
      enable: (enabling) => enableVendor(pool, enabling),
      disable: (disabling) => disableVendor(pool, disabling),
      requestSync: (vendor) => requestSync(pool, vendor),
      clearSyncDue: (vendor, dueAtMs) => clearSyncDue(pool, vendor, dueAtMs),
      noteConfirmed: (vendor, change) => noteConfirmed(pool, vendor, change),
    },
    polling: {
      open: (options) => createPollStore(pool, options),
      readLearners: (scope, review) => readPollLearners(pool, scope, review),
      readLastPass: (of) => readLastPass(pool, of),
      readSeenShadows: (of, page) => readSeenShadows(pool, of, page),
      readSeenIds: (of, vendorIds) => readSeenIds(pool, of, vendorIds),
      countRecords: (scope, wanted) => countRecords(pool, scope, wanted),
      readRuns: (vendor) => readRuns(pool, vendor),
    },
    runs: {
      ask: (asked) => askForRun(pool, asked),
      read: (id) => readRun(pool, id),
      readState: (id) => readRunState(pool, id),
      list: (vendor, limit) => listRuns(pool, vendor, limit),
      readNext: (vendor) => readNextRun(pool, vendor),
      move: (id, way, change) => moveRun(pool, id, way, change),
      clearItems: (id) => clearRunItems(pool, id),
      addItems: (id, items) => addRunItems(pool, id, items),
      listItems: (id, filter, page) => listRunItems(pool, id, filter, page),
      endItem: (id, end) => endRunItem(pool, id, end),
      endItems: (id) => endRunItems(pool, id),
      addCalls: (id, calls) => addRunCalls(pool, id, calls),
      recordHappened: (id) => recordHappened(pool, id),
    },
    differences: {
      record: (lane, found) => recordDifferences(pool, lane, found),
      list: (filter) => listDifferences(pool, filter),
      count: () => countDifferences(pool),
      readDue: (scope, page) => readDifferencesDue(pool, scope, page),
      forgetUnlinked: (scope) => forgetUnlinkedDifferences(pool, scope),
      readPlace: (scope) => readAuditPlace(pool, scope),
      recordPlace: (scope, place) => recordAuditPlace(pool, scope, place),
    },
    users: createUserStore(pool),
    alarms: {
      raise: (alarm) => raiseAlarm(pool, alarm),
      listOpen: () => listOpenAlarms(pool),
      acknowledge: (choice, act) => acknowledgeAlarms(pool, choice, act),
    },
    recordReport: (of, report) => recordReport(pool, of, report),
  };
}
