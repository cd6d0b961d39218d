import type { SignedRequest, Site, SiteCredential } from '../wire/contract.ts';

/** The result of one HTTP request. The transport does not know which call it was or what the answer means. */
export type WireAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** Certainly nothing was sent. */
  | {
      readonly kind: 'unsent';
      readonly cause: 'name' | 'refused' | 'timeout' | 'tls';
      readonly detail: string;
    }
  /** The request may have arrived: no answer, half an answer, or too late. */
  | { readonly kind: 'lost'; readonly cause: 'timeout' | 'cut'; readonly detail: string };

export type Transport = {
  /** `timeoutMs`: for the whole call, from the first byte sent to the last byte received. */
  send(request: SignedRequest & { readonly timeoutMs: number }): Promise<WireAnswer>;
  close(): Promise<void>;
};

/** Everything the client must know of a connection to Smart Assessor. */
export type Connection = {
  readonly origin: string;
  readonly contract: string;
  readonly allowUnverifiedOrigin: string | undefined;
  readonly auth: 'basic-key' | 'token';
  readonly credential: SiteCredential;
  readonly site: Site;
  readonly concurrency: number;
  readonly connectMs: number;
  readonly writeMs: number;
  readonly readMs: number;
  /** Writes are judged by the vendor, or withheld here, and change nothing. */
  readonly isDryRun: boolean;
};

/** Opens a way to Smart Assessor. Tests put a simulator in its place. */
export type Connect = (connection: Connection) => Transport;
