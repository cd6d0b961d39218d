import { createHash } from 'node:crypto';
import { createRandom, type Random } from '../../common/random.ts';

export type IdKind = 'learner' | 'assessor' | 'course' | 'session' | 'unit';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The GUID of record `n` of a kind: the first 16 bytes of a SHA-256, with the bits of a version 4. */
export function guidOf(seed: number, kind: IdKind, n: number): string {
  const bytes = digest(`${seed}/${kind}/${n}`).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A generator of its own for each record, so that a larger set begins with the smaller one. */
export const drawFor = (seed: number, kind: string, n: number): Random =>
  createRandom(digest(`${seed}/${kind}/${n}/draw`).readUInt32BE(0));
