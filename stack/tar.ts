import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const blockBytes = 512;

export type TarEntry = {
  name: string;
  kind: 'file' | 'directory' | 'symlink' | 'hardlink';
  mode: number;
  linkName: string;
  content: Buffer;
};

const textAt = (block: Buffer, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
};
const numberAt = (block: Buffer, from: number, length: number): number =>
  Number.parseInt(textAt(block, from, length).trim() || '0', 8);

/** Values of a pax header: `<length> <key>=<value>\n`, again and again. */
function readPaxHeader(content: Buffer): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.subarray(at, space).toString());
    if (space < 0 || !(length > 0)) break;
    const record = content.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    values.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return values;
}

/** Reads the archive as written by GNU tar, bsdtar or Ant, long names included. */
export function* readTar(archive: Buffer): Generator<TarEntry> {
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const block = archive.subarray(at, at + blockBytes);
    if (block.every((byte) => byte === 0)) return;
    const sizeBytes = numberAt(block, 124, 12);
    const content = archive.subarray(at + blockBytes, at + blockBytes + sizeBytes);
    if (content.length < sizeBytes) throw new Error('the archive is cut off');
    at += blockBytes + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    const type = textAt(block, 156, 1);
    if (type === 'L') longName = textAt(content, 0, sizeBytes);
    else if (type === 'K') longLink = textAt(content, 0, sizeBytes);
    else if (type === 'x') {
      const values = readPaxHeader(content);
      longName = values.get('path') ?? longName;
      longLink = values.get('linkpath') ?? longLink;
    } else if (type !== 'g') {
      const prefix = textAt(block, 345, 155);
      const shortName = textAt(block, 0, 100);
      const isUstar = textAt(block, 257, 6) === 'ustar';
      yield {
        name: longName ?? (prefix && isUstar ? `${prefix}/${shortName}` : shortName),
        kind: toKind(type),
        mode: numberAt(block, 100, 8) & 0o777,
        linkName: longLink ?? textAt(block, 157, 100),
        content,
      };
      longName = undefined;
      longLink = undefined;
    }
  }
}

function toKind(type: string): TarEntry['kind'] {
  if (type === '5') return 'directory';
  if (type === '2') return 'symlink';
  return type === '1' ? 'hardlink' : 'file';
}

/** Unpacks into a folder; an entry that points out of it is refused. */
export function unpackTar(archiveFile: string, folder: string): void {
  const root = path.resolve(folder);
  for (const { name, kind, mode, linkName, content } of readTar(readFileSync(archiveFile))) {
    const target = path.resolve(root, name);
    if (target !== root && !target.startsWith(root + path.sep)) throw new Error(`${name} leaves the folder`);
    mkdirSync(kind === 'directory' ? target : path.dirname(target), { recursive: true });
    if (kind === 'symlink') symlinkSync(linkName, target);
    else if (kind === 'hardlink') writeFileSync(target, readFileSync(path.resolve(root, linkName)));
    else if (kind === 'file') writeFileSync(target, content);
    if (kind === 'file') chmodSync(target, mode | 0o444);
  }
}
