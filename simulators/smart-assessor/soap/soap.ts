/*
 * The SOAP façade, contract `soap-g1`. The envelope is read before anything is done: the key, whether the call is a dry
 * run, the operation and its argument. A dry run is judged by the core and ends before anything changes, and answers no
 * id. All refusals are SOAP faults.
 */

import type { Reply } from '../../common/server.ts';
import { fieldOf } from '../core/fields.ts';
import { type Refusal, sentenceOf } from '../core/refusal.ts';
import { CLIENT_KEY, explainKey, withoutSecrets } from '../credential.ts';
import { type Head, headerOf, htmlReply, type ReadCall, type Worked } from '../facade.ts';
import type { World } from '../world.ts';
import { OPERATIONS, type Read, type Write } from './operations.ts';
import { childOf, type Element, escapeXml, parseXml, writeElement } from './xml.ts';

const NAMESPACE = 'urn:smart-assessor:g1';
const ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const SOAP_TYPE = 'application/soap+xml; charset=utf-8';

const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="${ENVELOPE}" xmlns:xsi="${XSI}">` +
  `<env:Body>${body}</env:Body></env:Envelope>`;

function faultReply(
  world: World,
  code: 'Sender' | 'Receiver',
  subcode: string | null,
  reason: string,
): Reply {
  const inner =
    subcode === null ? '' : `<env:Subcode><env:Value>${escapeXml(subcode)}</env:Value></env:Subcode>`;
  const isByCode = world.switches['g1-fault-status'] === 'by-code';
  return {
    status: isByCode && code === 'Sender' ? 400 : 500,
    contentType: SOAP_TYPE,
    body: envelope(
      `<env:Fault><env:Code><env:Value>env:${code}</env:Value>${inner}</env:Code>` +
        `<env:Reason><env:Text xml:lang="en">${escapeXml(reason)}</env:Text></env:Reason></env:Fault>`,
    ),
  };
}

/** `result` is XML; null leaves the result element out. */
function resultReply(operation: string, result: string | null): Reply {
  const inner = result === null ? '' : writeElement(`${operation}Result`, result);
  const content = inner === '' ? `<${operation}Response xmlns="${NAMESPACE}"/>` : undefined;
  return {
    status: 200,
    contentType: SOAP_TYPE,
    body: envelope(content ?? `<${operation}Response xmlns="${NAMESPACE}">${inner}</${operation}Response>`),
  };
}

interface Envelope {
  readonly key: string;
  readonly isDryRun: boolean;
  readonly name: string;
  readonly operation: Read | Write | null;
  readonly texts: Readonly<Record<string, string>>;
  /** Why the envelope cannot be worked on. */
  readonly fault: string | null;
}

const NO_ENVELOPE: Envelope = { key: '', isDryRun: false, name: '', operation: null, texts: {}, fault: null };

function readEnvelope(text: string, head: Head): Envelope {
  const root = parseXml(text);
  if ('fault' in root) return { ...NO_ENVELOPE, fault: root.fault };
  if (root.name !== 'Envelope' || root.namespace !== ENVELOPE) {
    return { ...NO_ENVELOPE, fault: 'The body is not a SOAP 1.2 envelope.' };
  }
  const auth = childOf(childOf(root, 'Header'), 'AuthHeader');
  const key = childOf(auth, 'ApiKey')?.text.trim() ?? '';
  const readOnly = childOf(auth, 'ReadOnly')?.text.trim() ?? 'false';
  const body: Element | undefined = childOf(root, 'Body')?.children[0];
  const name = body?.name ?? '';
  const operation = Object.hasOwn(OPERATIONS, name) ? (OPERATIONS[name] ?? null) : null;
  const argument = operation?.kind === 'write' ? childOf(body, operation.argument) : undefined;
  const texts = Object.fromEntries(
    (argument?.children ?? []).map((child) => [child.name, child.isNil ? '' : child.text]),
  );
  return {
    key,
    isDryRun: readOnly === 'true',
    name,
    operation,
    texts,
    fault: explainEnvelope({ auth, readOnly, body, operation, argument }, head),
  };
}

interface EnvelopeParts {
  readonly auth: Element | undefined;
  readonly readOnly: string;
  readonly body: Element | undefined;
  readonly operation: Read | Write | null;
  readonly argument: Element | undefined;
}

function explainEnvelope(
  { auth, readOnly, body, operation, argument }: EnvelopeParts,
  head: Head,
): string | null {
  if (auth !== undefined && auth.namespace !== NAMESPACE) return 'The header block is not of this service.';
  if (readOnly !== 'true' && readOnly !== 'false') return 'ReadOnly must be true or false.';
  if (body === undefined || operation === null || body.namespace !== NAMESPACE)
    return 'The operation is not known.';
  const action = /action="?([^";]*)"?/.exec(headerOf(head, 'content-type') ?? '')?.[1];
  if (action !== undefined && action !== `${NAMESPACE}/${body.name}`)
    return 'The action is not that of the body.';
  if (operation.kind === 'write' && argument === undefined)
    return `The element ${operation.argument} is missing.`;
  return null;
}

/** The body without the key and without passwords. What cannot be read is not kept when it might hold them. */
function keptBody(text: string, isReadable: boolean): string {
  if (!isReadable && /ApiKey|Password/i.test(text)) return '(not kept)';
  const hidden = text.replace(
    /(<((?:[\w.-]+:)?(?:ApiKey|Password))(?:\s[^>]*)?>)[\s\S]*?(<\/\2\s*>)/gi,
    (_, start: string, __: string, end: string) => `${start}…${end}`,
  );
  return withoutSecrets(hidden);
}

export function readSoapCall(world: World, head: Head, text: string): ReadCall {
  const read = readEnvelope(text, head);
  const { name, operation, isDryRun } = read;
  const isReadable = name !== '';
  const isWriting = operation?.kind === 'write';
  const fault = (code: 'Sender' | 'Receiver', subcode: string | null, reason: string): Worked => ({
    reply: faultReply(world, code, subcode, reason),
    resultId: null,
    code: subcode ?? code,
  });
  const work = (callSeq: number, omittedIds: ReadonlySet<string>): Worked => {
    if (head.method !== 'POST')
      return {
        ...fault('Sender', null, 'Only POST is allowed.'),
        reply: htmlReply(405, 'Method Not Allowed'),
      };
    const type = (headerOf(head, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/soap+xml') {
      return { ...fault('Sender', null, ''), reply: htmlReply(415, 'Unsupported Media Type') };
    }
    if (!isReadable) return fault('Sender', null, read.fault ?? 'The operation is not known.');
    if (read.key !== CLIENT_KEY) return fault('Sender', 'Key', 'The key is not valid for this site.');
    if (read.fault !== null || operation === null) return fault('Sender', null, read.fault ?? '');
    if (operation.kind === 'read') {
      const rows = operation.rows(world).filter(([ids]) => !ids.some((id) => omittedIds.has(id)));
      const reply = resultReply(name, rows.map(([, row]) => row).join(''));
      return { reply, resultId: null, code: null };
    }
    const judged = operation.judge({ world, texts: read.texts, callSeq });
    if (judged.kind === 'refused') {
      if (!isDryRun) judged.enqueue?.();
      return fault('Sender', judged.code, sentenceOf(withG1Names(judged, name)));
    }
    if (isDryRun) return { reply: resultReply(name, ''), resultId: null, code: null };
    const result = judged.apply();
    const isInsert = name.startsWith('Inser');
    return { reply: resultReply(name, escapeXml(result)), resultId: isInsert ? result : null, code: null };
  };
  return {
    facade: 'soap',
    operation: portName(read),
    wireName: name,
    route: null,
    credential: explainKey(read.key),
    keptBody: keptBody(text, isReadable),
    isDryRun: isWriting && isDryRun,
    passwordSent: (read.texts['Password'] ?? '').trim() !== '',
    work,
    blankId: (form) => resultReply(name, blankResult(name, form)),
    fault: (code, subcode) => faultReply(world, code, subcode, 'The service reported a fault.'),
    tooMany: (headers) => ({ ...htmlReply(429, 'Too Many Requests'), headers }),
  };
}

/** An update that changes the partner's id only is an operation of its own in the port. */
function portName({ name, operation, texts }: Envelope): string {
  const isUpdate = operation?.operation?.startsWith('update-') ?? false;
  const isMisId = Object.keys(texts).toSorted().join() === 'PartnerId,SmartAssessorId';
  if (isUpdate && isMisId) return 'write-mis-id';
  return operation?.operation ?? (name === '' ? '(none)' : name);
}

function blankResult(name: string, form: 'empty' | 'missing' | 'zero'): string | null {
  if (form === 'zero') return name === 'InserEmployerDetail' ? '0' : '00000000-0000-0000-0000-000000000000';
  return form === 'empty' ? '' : null;
}

/** Refusals name fields as the façade does. */
function withG1Names(refusal: Refusal, operation: string): Refusal {
  const kind = operation.includes('Employer')
    ? 'employers'
    : operation === 'InserAssessorDetail' || operation === 'UpdateAssessorDetail'
      ? 'assessors'
      : 'learners';
  const fields = Object.fromEntries(
    Object.entries(refusal.fields).map(([name, texts]) => [fieldOf(kind, name)?.g1 ?? name, texts]),
  );
  return { ...refusal, fields };
}
