import type { CommandRequest, RequestResult } from '../../src/domain/request.ts';
import { createDispatch, type HandleCommand, type Handlers } from '../../src/requests/request.ts';

/** A command as it arrives, new. */
export function buildRequest(known: Partial<CommandRequest> & { kind: string }): CommandRequest {
  return {
    ...{ id: '7', vendor: 'onefile', ident: null, officer: null, organisation: null },
    ...{ payload: {}, requestedBy: 'Ann (PICS)', status: 'new', txId: 99 },
    ...known,
  };
}

/** Gives commands to handlers through the dispatcher, and keeps the answers. */
export function openDispatch(handlers: Handlers, { isEnabled = true, did = [] as string[] } = {}) {
  const answers: RequestResult[] = [];
  const dispatch = createDispatch({
    vendor: 'onefile',
    handlers,
    elsewhere: ['synchronise'],
    isEnabled: async () => isEnabled,
    readStatus: async (id) => answers.findLast((one) => one.id === id)?.status ?? 'new',
    publishResult: async (result) => {
      did.push(`answer ${result.status}`);
      answers.push(result);
    },
  });
  return { dispatch, answers, did };
}

/** Runs one handler alone, and tells whether it began. */
export async function runHandler(handle: HandleCommand, request: CommandRequest) {
  const began: string[] = [];
  const answer = await handle(request, async () => {
    began.push(request.id);
  });
  return { answer, hasBegun: began.length > 0 };
}
