import { oneFile } from './onefile/onefile.ts';

/** Every vendor this program can serve: one line each. */
export const vendors = {
  onefile: oneFile,
} as const;
