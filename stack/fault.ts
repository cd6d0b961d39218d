/**
 * Something that a person can put right, told in one sentence.
 *
 * The launcher prints the sentence and ends with 1; only a mistake of our own shows a stack trace.
 */
export class StackFault extends Error {
  override readonly name = 'StackFault';
  /** `absent`: this machine cannot run a stack. `failed`: it could, and something went wrong. */
  readonly kind: 'absent' | 'failed';
  constructor(sentence: string, kind: 'absent' | 'failed' = 'failed') {
    super(sentence);
    this.kind = kind;
  }
}

/** Turns what the operating system refused into a sentence. Anything else keeps its own message. */
export function toSentence(error: unknown): string {
  if (error instanceof StackFault) return error.message;
  const { code, path, message } = error as NodeJS.ErrnoException;
  const where = path ? ` (${path})` : '';
  if (code === 'ENOSPC') return `The disk is full${where}. Free some space and start again.`;
  if (code === 'EDQUOT') return `The disk quota is used up${where}. Free some space and start again.`;
  if (code === 'EROFS') return `The file system is read-only${where}.`;
  if (code === 'EACCES' || code === 'EPERM') return `Permission denied${where}.`;
  return message || String(error);
}
