/*
 * Cases of the switches for the form of answers, a row for each value: what to do at the bench, and what it must
 * show. The test beside the switches runs them and checks that no value is left out.
 */

import { IMOGEN } from '../open-simulator.ts';
import { brief, type Case, clearUln, json, keys, learner, modified } from './looking.ts';

export const ANSWERS: readonly Case[] = [
  {
    name: 'error-400',
    value: 'known-codes',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 {"code":-57,"message":"Placement not found"}',
  },
  {
    name: 'error-400',
    value: 'reserved-only',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 {"code":-9999,"message":"Placement not found"}',
  },
  {
    name: 'error-400',
    value: 'pascal-names',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 {"Code":-57,"Message":"Placement not found"}',
  },
  {
    name: 'error-400',
    value: 'text',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 Placement not found',
  },
  {
    name: 'error-400',
    value: 'empty',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: 400,
  },
  {
    name: 'unknown-get',
    value: '404',
    show: (b) => brief(b.get('User/1')),
    expected: '404 {"code":-9999,"message":"User not found"}',
  },
  {
    name: 'unknown-get',
    value: '400-json',
    show: (b) => brief(b.get('User/1')),
    expected: '400 {"code":-9999,"message":"User not found"}',
  },
  { name: 'unknown-get', value: '204', show: (b) => brief(b.get('User/1')), expected: 204 },
  { name: 'last-modified-moves', value: 'user-writes', show: modified, expected: '2025-12-01T10:00:00.000Z' },
  { name: 'last-modified-moves', value: 'all-writes', show: modified, expected: '2026-01-15T09:12:44.000Z' },
  {
    name: 'last-modified-output',
    value: 'present',
    show: async (b) => (await json(b.get('User/400060'))).LastModified,
    expected: '2025-12-01T10:00:00.000Z',
  },
  {
    name: 'last-modified-output',
    value: 'absent',
    show: async (b) => (await json(b.get('User/400060'))).LastModified,
    expected: undefined,
  },
  {
    name: 'date-output',
    value: 'iso-ms-z',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00.000Z',
  },
  {
    name: 'date-output',
    value: 'iso-s-z',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00Z',
  },
  {
    name: 'date-output',
    value: 'ticks',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00.0000000Z',
  },
  {
    name: 'date-output',
    value: 'zoneless',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00.000',
  },
  {
    name: 'nulls',
    value: 'omitted',
    show: async (b) => 'StartedOn' in (await json(b.get('Review/800006'))),
    expected: false,
  },
  {
    name: 'nulls',
    value: 'explicit',
    show: async (b) => (await json(b.get('Review/800006'))).StartedOn,
    expected: null,
  },
  { name: 'clear-by-null', value: 'ignored', show: clearUln, expected: '100001' },
  { name: 'clear-by-null', value: 'clears', show: clearUln, expected: null },
  {
    name: 'aim-update-answer',
    value: '204',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: 204,
  },
  {
    name: 'aim-update-answer',
    value: '200-empty',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: 200,
  },
  {
    name: 'aim-update-answer',
    value: '200-id',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: '200 600044',
  },
  {
    name: 'aim-update-answer',
    value: '200-object',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: '200 {"ID":600044,"StandardID":5003,"UserID":400060,"Status":0,"Progress":42.5}',
  },
  {
    name: 'user-create-answer',
    value: 'id-username-echo',
    show: (b) => keys(b.post('User', IMOGEN)),
    expected: [
      'ID',
      'Username',
      'OrganisationID',
      'Role',
      'FirstName',
      'LastName',
      'Email',
      'DefaultAssessorID',
      'ClassroomID',
      'PlacementID',
      'MISID',
      'DOB',
      'CreatedOn',
      'Progress',
      'LastModified',
    ],
  },
  {
    name: 'user-create-answer',
    value: 'id-only',
    show: (b) => brief(b.post('User', IMOGEN)),
    expected: '200 {"ID":400061}',
  },
  {
    name: 'user-create-answer',
    value: 'bare-id',
    show: (b) => brief(b.post('User', IMOGEN)),
    expected: '200 400061',
  },
  {
    name: 'create-answer',
    value: 'bare-int',
    show: (b) => brief(b.post('Provider', { OrganisationID: 301, Name: 'P' })),
    expected: '200 1201',
  },
  {
    name: 'create-answer',
    value: 'quoted-int',
    show: (b) => brief(b.post('Provider', { OrganisationID: 301, Name: 'P' })),
    expected: '200 "1201"',
  },
  {
    name: 'other-write-answer',
    value: '204',
    show: (b) => brief(b.post('Placement/30008', { Name: 'Renamed' })),
    expected: 204,
  },
  {
    name: 'other-write-answer',
    value: '200-empty',
    show: (b) => brief(b.post('User/400060/Archive')),
    expected: 200,
  },
  {
    name: 'other-write-answer',
    value: '200-object',
    show: (b) => brief(b.post('Placement/30008', { Name: 'Renamed' })),
    expected: '200 {"ID":30008,"OrganisationID":301,"Name":"Renamed","Active":false}',
  },
];
