const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '53300', // too many connections
  '57P01', // administrator command
  '57P02', // crash
  '57P03', // starting up, shutting down
]);

/** Messages of the driver that have no error code: a connection broke, or none was available. */
const awayMessage =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|client has encountered a connection error/i;

/**
 * True if the database cannot be reached at present. The statement itself is correct, and a later retry can
 * succeed.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return awayCodes.has(code) || code.startsWith('08') || awayMessage.test(error.message);
}
