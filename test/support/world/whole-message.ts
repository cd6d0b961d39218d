import { messageOf } from '../../../src/domain/messages.ts';

/** The sentence for a code. A gap that nobody filled fails the test: a person would read a dot for a name. */
export function wholeMessage(code: string, params: Readonly<Record<string, string>>): string {
  const message = messageOf(code, params);
  if (message.includes('…')) throw new Error(`${code} has a gap that nobody fills: ${message}`);
  if (message === code) throw new Error(`${code} has no sentence`);
  return message;
}
