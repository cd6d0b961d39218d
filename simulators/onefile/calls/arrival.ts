import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Target } from '../http/path.ts';
import type { RouteResult } from '../http/route-table.ts';
import type { Admission } from '../rate-limit.ts';
import type { Handler } from '../resources/routes.ts';
import type { Session } from '../sessions.ts';

/** What is known of a call once its head has been read. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: Target;
  readonly route: RouteResult<Handler>;
  readonly session: Session | undefined;
  readonly customerId: number | null;
  readonly isClosed: boolean;
  readonly admission: Admission;
  readonly startedAtMs: number;
  readonly at: string;
}
