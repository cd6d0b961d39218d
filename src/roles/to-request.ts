import type { Change } from '../domain/change.ts';
import type { JsonObject } from '../domain/json.ts';
import type { CommandRequest } from '../domain/request.ts';

/** Only an inserted row starts work; what is written back into it does not. */
export function toRequest({ op, after, txId }: Change): CommandRequest | null {
  if ((op !== 'create' && op !== 'snapshot') || after === null) return null;
  const text = (field: string): string | null => {
    const value = after[field];
    return typeof value === 'string' ? value : null;
  };
  const id = text('id');
  if (id === null) return null;
  return {
    ...{ id, kind: text('kind') ?? '', vendor: text('vendor') ?? '', status: text('status'), txId },
    ...{ ident: text('ident'), officer: text('officer'), organisation: text('organisation') },
    ...{ payload: toPayload(text('payload')), requestedBy: text('requestedBy') },
  };
}

/** What is no JSON object holds no inputs: the command then says what it misses. */
function toPayload(text: string | null): JsonObject {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
