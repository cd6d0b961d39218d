import type { AuthStrategy, Body, Row, Site, WireRequest } from '../contract.ts';
import { isRow, textOf } from '../values.ts';
import * as wire from './names.ts';

/*
 * The SOAP frame: the operation as the one element of the body, the key and the wish for a dry run in the header. Every
 * element is in the namespace of the service; what comes back is read by local names.
 */

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** Text for XML 1.0: what it cannot hold is left out; a bare carriage return would come back as a line feed. */
function escapeText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"\r]/g, (character) => escapes[character] ?? '');
}

/** One field of an argument, in the order in which it is written. */
export type Child = readonly [name: string, text: string];

/** A call of an operation: without an argument a read, with one a write. */
export function operationRequest(
  site: Site,
  operation: string,
  argument: { readonly element: string; readonly children: readonly Child[] } | null = null,
): WireRequest {
  const inner =
    argument === null
      ? ''
      : element(
          argument.element,
          argument.children.map(([name, text]) => element(name, escapeText(text))).join(''),
        );
  return {
    name: operation,
    method: 'POST',
    path: site.g1.path,
    content: `<${operation} xmlns="${escapeText(site.g1.namespace)}">${inner}</${operation}>`,
  };
}

function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

/** The key goes into the header block of each call. User name and password are not used. */
export const byHeaderBlock: AuthStrategy = {
  signIn: null,
  sign: ({ name, path, content }, { credential, isDryRun, site }) => {
    const namespace = escapeText(site.g1.namespace);
    const { frame } = wire;
    const key = element(frame.key, escapeText(credential.g1ApiKey()));
    const readOnly = element(frame.readOnly, String(isDryRun));
    return {
      method: 'POST',
      path,
      headers: {
        'content-type': `${frame.mediaType}; charset=utf-8; action="${site.g1.namespace}/${name}"`,
        accept: frame.mediaType,
      },
      body:
        `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="${frame.envelope}">` +
        `<env:Header><${frame.header} xmlns="${namespace}">${key}${readOnly}</${frame.header}></env:Header>` +
        `<env:Body>${content ?? ''}</env:Body></env:Envelope>`,
    };
  },
};

function bodyOf(body: Body): Row | null {
  if (body.kind !== 'value' || !isRow(body.value)) return null;
  const envelope = body.value['Envelope'];
  const inner = isRow(envelope) ? envelope['Body'] : undefined;
  return isRow(inner) ? inner : null;
}

/** What the result element of an operation holds: null = it is empty or left out, undefined = no such answer. */
export function resultOf(body: Body, operation: string): unknown {
  const inner = bodyOf(body);
  const response = inner?.[`${operation}${wire.frame.response}`];
  if (response === undefined) return undefined;
  return isRow(response) ? (response[`${operation}${wire.frame.result}`] ?? null) : null;
}

type Fault = {
  /** `Sender` or `Receiver`, without a prefix. */
  readonly code: string;
  readonly subcode: string | null;
  /** For administrators, never logged. */
  readonly reason: string;
};

/** The fault in an answer; null = it has none. */
export function faultOf(body: Body): Fault | null {
  const fault = bodyOf(body)?.['Fault'];
  if (!isRow(fault)) return null;
  const code = isRow(fault['Code']) ? fault['Code'] : {};
  const subcode = isRow(code['Subcode']) ? localName(code['Subcode']['Value']) : null;
  const reason = isRow(fault['Reason']) ? fault['Reason']['Text'] : null;
  return {
    code: localName(code['Value']) ?? '',
    subcode,
    reason: (textOf(Array.isArray(reason) ? reason[0] : reason) ?? '').slice(0, 500).toWellFormed(),
  };
}

function localName(value: unknown): string | null {
  return textOf(value)?.replace(/^.*:/, '') ?? null;
}
