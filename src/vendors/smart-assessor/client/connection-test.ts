import type { PortFailure } from '../port.ts';
import type { SmartAssessor } from './client.ts';

/** The result of a connection test. `code` is a message code for administrators, `sentence` what they can do. */
type ConnectionTest =
  | { readonly kind: 'connected'; readonly latencyMs: number }
  | {
      readonly kind: 'failed';
      readonly code: 'UNREACHABLE' | 'BAD_SIGN_IN';
      readonly reason:
        | 'name'
        | 'refused'
        | 'timeout'
        | 'tls'
        | 'login'
        | 'key'
        | 'contract'
        | 'answer'
        | 'busy';
      readonly sentence: string;
    };

type Failed = Extract<ConnectionTest, { kind: 'failed' }>;

const unreachable: Readonly<
  Record<Extract<PortFailure, { kind: 'unreachable' }>['cause'], Pick<Failed, 'reason' | 'sentence'>>
> = {
  name: { reason: 'name', sentence: 'The host name is not known here. Is it spelled right?' },
  refused: {
    reason: 'refused',
    sentence: 'Nothing answers at this port. Is the port right, and is outbound port 883 open?',
  },
  timeout: { reason: 'timeout', sentence: 'There was no answer in time. Is outbound port 883 open?' },
  tls: {
    reason: 'tls',
    sentence: 'The secure connection failed. Is the certificate right, and does this port speak HTTPS?',
  },
  cut: { reason: 'answer', sentence: 'The answer was broken off, or is not one of Smart Assessor.' },
  status: { reason: 'answer', sentence: 'The server answers with an error. Try again later.' },
};

/**
 * SA-1: tests the connection with one call, and tells apart what an administrator must do something different about: a
 * name, a closed port, a certificate, the login, the key, and another interface than the contract says.
 */
export async function testConnection({ call }: Pick<SmartAssessor, 'call'>): Promise<ConnectionTest> {
  const answer = await call('test-connection', {}, { priority: 'command', prepaid: 0 });
  switch (answer.kind) {
    case 'ok':
      return { kind: 'connected', latencyMs: answer.value.latencyMs };
    case 'unreachable':
      return { kind: 'failed', code: 'UNREACHABLE', ...unreachable[answer.cause] };
    case 'unauthorized': {
      const isKey = answer.part === 'key';
      const sentence = isKey
        ? 'The key of the site is refused.'
        : 'The user name or the password is refused. With single sign-on switched on, API users may be locked out.';
      return { kind: 'failed', code: 'BAD_SIGN_IN', reason: isKey ? 'key' : 'login', sentence };
    }
    case 'throttled':
      return {
        kind: 'failed',
        code: 'UNREACHABLE',
        reason: 'busy',
        sentence: 'The server has had too many calls. Try again in some minutes.',
      };
    default:
      return {
        kind: 'failed',
        code: 'UNREACHABLE',
        reason: 'contract',
        sentence:
          'Something else answers than the contract says. Is it the right contract and the right origin?',
      };
  }
}
