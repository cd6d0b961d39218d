import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTar, unpackTar } from './fetch.ts';

type Entry = { name: string; type?: string; mode?: number; content?: string; link?: string };

function toBlock({ name, type = '0', mode = 0o644, content = '', link = '' }: Entry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0);
  header.write(mode.toString(8).padStart(7, '0'), 100);
  header.write(Buffer.byteLength(content).toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar', 257);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

const toArchive = (...entries: Entry[]) => Buffer.concat([...entries.map(toBlock), Buffer.alloc(1024)]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function unpack(archive: Buffer): string {
  const file = path.join(folder, 'archive.tar');
  writeFileSync(file, archive);
  unpackTar(file, path.join(folder, 'out'));
  return path.join(folder, 'out');
}

describe('a tar archive', () => {
  test('gives files with their content and right to run, folders and links', () => {
    const out = unpack(
      toArchive(
        { name: 'bin/', type: '5', mode: 0o755 },
        { name: 'bin/postgres', mode: 0o755, content: 'program' },
        { name: 'lib/libpq.so.5', content: 'library' },
        { name: 'lib/libpq.so', type: '2', link: 'libpq.so.5' },
        { name: 'lib/copy.so', type: '1', link: 'lib/libpq.so.5' },
      ),
    );
    expect(readFileSync(path.join(out, 'bin/postgres'), 'utf8')).toBe('program');
    expect(statSync(path.join(out, 'bin/postgres')).mode & 0o777).toBe(0o755);
    expect(statSync(path.join(out, 'lib/libpq.so.5')).mode & 0o777).toBe(0o644);
    expect(readlinkSync(path.join(out, 'lib/libpq.so'))).toBe('libpq.so.5');
    expect(readFileSync(path.join(out, 'lib/copy.so'), 'utf8')).toBe('library');
  });

  test.each([
    ['GNU', { name: '././@LongLink', type: 'L', content: `${'long/'.repeat(30)}name\0` }],
    ['pax', { name: 'PaxHeader', type: 'x', content: `165 path=${'long/'.repeat(30)}name1\n` }],
  ])('gives names of more than 100 characters as %s tar writes them', (_, header) => {
    const [entry] = [...readTar(toArchive(header, { name: 'cut off', content: 'x' }))];
    expect(entry?.name).toMatch(/^(long\/){30}name1?$/);
  });

  test('is refused when it is cut off', () => {
    const archive = toArchive({ name: 'a', content: 'x'.repeat(2000) });
    expect(() => unpack(archive.subarray(0, 1024))).toThrow('the archive is cut off');
  });

  test('is refused when it points out of its folder', () => {
    expect(() => unpack(toArchive({ name: '../outside', content: 'x' }))).toThrow('leaves the folder');
  });
});
