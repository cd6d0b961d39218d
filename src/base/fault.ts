/** The process's answer to whoever started it. */
export const exitCodes = { done: 0, failed: 1, usage: 2, stoppedAtOnce: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * A failure that is told to a person in one sentence, without a stack.
 *
 * The sentence says what is wrong and what to do next, and holds no personal data: it may be logged.
 */
export class Fault extends Error {
  readonly exitCode: ExitCode;

  constructor(sentence: string, exitCode: ExitCode = exitCodes.failed) {
    super(sentence);
    this.name = 'Fault';
    this.exitCode = exitCode;
  }
}

/** A mistake in what was typed: exit code 2. */
export function usageFault(sentence: string): Fault {
  return new Fault(sentence, exitCodes.usage);
}

/** A broken promise of our own code: the process ends and the next start continues from what is durable. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BrokenInvariant(message);
}
