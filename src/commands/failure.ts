import { CommanderError } from 'commander';
import { describeError } from '../base/describe-error.ts';
import { type ExitCode, exitCodes, Fault } from '../base/fault.ts';

export type Failure = { readonly sentence: string | null; readonly exitCode: ExitCode };

/** What a person is told when a command ends early: one sentence, no stack. Null: it was told already. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const isAnswer = ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
    const wasAsked = isAnswer && error.exitCode === 0;
    return { sentence: null, exitCode: wasAsked ? exitCodes.done : exitCodes.usage };
  }
  if (error instanceof Fault) return { sentence: error.message, exitCode: error.exitCode };
  return { sentence: toSentence(error), exitCode: exitCodes.failed };
}

/** Foreign errors by code. Texts of databases quote values, so they are not shown. */
export function toSentence(error: unknown): string {
  const inner = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { errorName, errorCode, errorText, errorAt } = describeError(inner);
  const known = errorCode === undefined ? undefined : sentences[errorCode];
  const where = toAddress(inner);
  if (known !== undefined) return where === null ? known : `${known} (${where})`;
  const parts = [errorCode, errorText, errorAt === undefined ? undefined : `at ${errorAt}`];
  const rest = parts.filter((part) => part !== undefined).join(', ');
  return `This failed unexpectedly: ${errorName}${rest === '' ? '' : ` (${rest})`}.`;
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing answers at the address. Is it running, and is the address right?',
  ENOTFOUND: 'The host name is not known here.',
  EAI_AGAIN: 'The host name cannot be looked up at present.',
  ETIMEDOUT: 'There was no answer in time.',
  UND_ERR_CONNECT_TIMEOUT: 'There was no answer in time.',
  ECONNRESET: 'The other side closed the connection.',
  EHOSTUNREACH: 'The host cannot be reached from here.',
  '28P01': 'The database does not accept the password.',
  '28000': 'The database does not let this role in.',
  '3D000': 'There is no database of this name.',
  '42501': 'The role lacks a grant it needs. Run "pics-sync doctor" to see which.',
  '42P01':
    'A table is missing. Run "pics-sync pics prepare" for PICS or "pics-sync store migrate" for the sync database.',
  '3F000':
    'A schema is missing. Run "pics-sync pics prepare" for PICS or "pics-sync store migrate" for the sync database.',
  '53300': 'The database has no connection left for us.',
  '57P03': 'The database is starting or stopping. Try again in a moment.',
};

function toAddress(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { address, port, hostname } = error as { address?: unknown; port?: unknown; hostname?: unknown };
  if (typeof address === 'string') return typeof port === 'number' ? `${address}:${port}` : address;
  if (typeof hostname === 'string') return hostname;
  return error.cause === undefined ? null : toAddress(error.cause);
}
