import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Vendor } from '../../vendors/vendor.ts';
import { addContractCommand, unprovedNames } from './contract.ts';

const contract = {
  id: 'paper-v0',
  trust: 'seen',
  capabilities: { paging: true, units: false, misIdForm: 'text', fields: ['a', 'b'] },
  names: [
    { name: 'GetAll', mark: 'client' },
    { name: 'FamilyName', mark: 'documented' },
    { name: '/paper', mark: 'assumed' },
  ],
} as const;

/** Runs the command of a vendor with a settings file; answers what it writes. */
async function run(vendor: object, args: readonly string[], settings = 'paper: {}'): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'contract-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'pics-sync.yaml');
  writeFileSync(file, settings);
  const program = new Command('pics-sync').exitOverride();
  const texts = { out: '' };
  const io = {
    env: {
      PICS_SYNC_PICS_PASSWORD: 'secret',
      PICS_SYNC_STORE_PASSWORD: 'secret',
      PICS_SYNC_STORE_URL: 'postgres://127.0.0.1/store',
    },
    write: (text: string) => {
      texts.out += text;
    },
    tell: () => {},
    isTerminal: false,
    signal: new AbortController().signal,
  };
  const paper = { configName: 'paper', title: 'Paper', section: z.object({}), ...vendor };
  addContractCommand(program, io, paper as unknown as Vendor);
  program.configureOutput({ writeErr: () => {} });
  await program.parseAsync(['contract', '--config', file, ...args], { from: 'user' });
  return texts.out;
}

test('what is known of an interface is shown, by where it is known from', async () => {
  expect(await run({ contractOf: () => contract }, [], '')).toBe(
    [
      'Paper              contract paper-v0',
      'trust              seen: as other clients were seen to speak to it',
      'names              3, of them 2 not verified',
      '  documented       1',
      '  seen in clients  1',
      '  inferred         0',
      '  assumed          1',
      'can                paging',
      'cannot             units',
      'misIdForm          text',
      'fields             a, b',
      '',
    ].join('\n'),
  );
});

test('doctor says in one line how much of it is not proved, and nothing when all is', () => {
  const lineOf = (trust: 'seen' | 'verified') =>
    unprovedNames({}, { contractOf: () => ({ ...contract, trust }) });
  expect(lineOf('seen')).toEqual(['contract paper-v0, seen: 2 of 3 names not verified']);
  expect(lineOf('verified')).toEqual([]);
  expect(unprovedNames({}, {})).toEqual([]);
});

test('every name is shown when it is asked for, and programs get JSON', async () => {
  const shown = await run({ contractOf: () => contract }, ['--verbose'], '');
  expect(shown).toMatch(/GetAll +clients\n/);
  expect(shown).toMatch(/\/paper +assumed\n/);
  expect(JSON.parse(await run({ contractOf: () => contract }, ['--json'], ''))).toEqual(contract);
});

test('a vendor whose interface is described in public has no such command', async () => {
  await expect(run({}, [], '')).rejects.toThrow();
});
