import type { Capabilities, Operation, Operations, PortFailure } from '../port.ts';
import type { Trust } from './origin.ts';

/*
 * What a contract module is: how each operation of the port goes on the wire, as tables and small pure functions. The
 * client sends what a contract builds, and asks it what an answer means. A wire name stands in the contract's own files
 * and nowhere else, so another contract is another folder.
 */

/** Where a wire name is known from. */
export type Mark = 'documented' | 'client' | 'inferred' | 'assumed';

/** One operation, field, word or header as the vendor names it, with its mark. */
export type WireName = { readonly name: string; readonly mark: Mark };

/** A record or an element of an answer: XML becomes the same plain values as JSON. */
export type Row = { readonly [name: string]: unknown };

/** The body of an answer. */
export type Body =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable' };

export type RawAnswer = {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
};
export type ReadAnswer = RawAnswer & {
  /** When the call was sent, by our time of day: the answer was true then or later. */
  readonly readAtMs: number;
  /** The name of the request that it answers. */
  readonly request: string;
};

/** What differs from site to site. */
export type Site = {
  readonly capabilities: Capabilities;
  readonly g1: {
    readonly path: string;
    readonly namespace: string;
    readonly partnerIdName: string;
    readonly misIdForm: 'text' | 'integer';
  };
};

/** The parts of the credential. Called where a part goes on the wire, never earlier; never logged. */
export type SiteCredential = {
  readonly userName: () => string;
  readonly password: () => string;
  readonly clientKey: () => string;
  readonly g1ApiKey: () => string;
};

/** A request before the credential is added. */
export type WireRequest = {
  /** For logs and for lists that are kept: without ids of records. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** Below the origin, with the query. */
  readonly path: string;
  /** Null = no body. */
  readonly content: string | null;
};

/** A request as it is sent. */
export type SignedRequest = {
  readonly method: WireRequest['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

/** How the credential becomes headers, an element, or a call for a token. */
export type AuthStrategy = {
  /** Null: the credential travels with each call. */
  readonly signIn: {
    request(credential: SiteCredential): SignedRequest;
    /** Null: the answer holds no token. `lifeMs`: from the sending of the request. */
    tokenOf(body: Body): { readonly token: string; readonly lifeMs: number } | null;
  } | null;
  sign(
    request: WireRequest,
    by: {
      readonly credential: SiteCredential;
      readonly token: string | null;
      readonly isDryRun: boolean;
      readonly site: Site;
    },
  ): SignedRequest;
};

/** Sent again, a `repeatable` write has the same effect; a `guarded` one may make a second record. */
export type Effect = 'read' | 'repeatable' | 'guarded';

/** What a whole and accepted answer holds. */
export type Reading<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** Q13: accepted without an id. It is not known what was done. */
  | { readonly kind: 'empty-id' }
  /** The answer has another form than the contract says. */
  | { readonly kind: 'unreadable' };

/** How an element of XML that holds one record is read, so that a long list never stands in memory as it came. */
export type ElementReader = { readonly element: string; read(value: unknown): unknown };

export type WireOperation<O extends Operation> = {
  readonly effect: Effect;
  /** Each such element of an answer is read when it ends, and what was read stands in its place. */
  records?(site: Site): ElementReader;
  /** Of several, each is sent when the answer before it has been read. A failure: none can be made of this input. */
  requests(input: Operations[O]['input'], site: Site): readonly WireRequest[] | PortFailure;
  read(
    answer: ReadAnswer,
    input: Operations[O]['input'],
    site: Site,
  ): Reading<Operations[O]['output']> | PortFailure;
  /** What two answers say together. An operation of several requests has it. */
  join?(one: Operations[O]['output'], other: Operations[O]['output']): Operations[O]['output'];
};

/** An operation that the contract has no call for: the record is looked for in the whole list. */
type InList = { readonly inList: true };
type Unsupported = { readonly unsupported: keyof Capabilities };
export type WireOperations = {
  readonly [O in Operation]: WireOperation<O> | Unsupported | InList;
};

export type Contract = {
  readonly id: string;
  readonly trust: Trust;
  /** What bodies are: the client parses them. */
  readonly format: 'json' | 'xml';
  /** Settings without which nothing can be called. */
  readonly needs: readonly string[];
  /** Whether the setting `g1.misIdForm` is this contract's. */
  readonly takesMisIdForm: boolean;
  readonly capabilities: Capabilities;
  readonly names: readonly WireName[];
  /** Characters that fields of a record are known to take at most, by our names. */
  readonly widths: Readonly<Record<'learner' | 'employer' | 'assessor', Readonly<Record<string, number>>>>;
  /** By the names of the setting `auth`. */
  readonly auth: Readonly<Record<'basic-key' | 'token', AuthStrategy>>;
  readonly operations: WireOperations;
  /** Why an answer is no success; null = it is one. */
  classify(operation: Operation, effect: Effect, answer: RawAnswer): PortFailure | null;
};

/** An answer of a server that has failed, or of something between it and us: a write may have been done. */
export function serverFailure(effect: Effect, detail: string): PortFailure {
  return effect === 'read'
    ? { kind: 'unreachable', cause: 'status', detail }
    : { kind: 'unknown', isEmptyId: false, detail };
}
