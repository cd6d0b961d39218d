import type { NewLink } from '../../../core/link.ts';
import type { Call, Evaluation } from '../../../core/step.ts';
import { type OwnerView, readKey } from '../../../core/view.ts';
import { pushOwnerDetails } from './details/push-owner.ts';
import { type CreateAssessor, type CreatePlacement, toMisKey } from './enrol/calls.ts';
import { toFullName } from './enrol/names.ts';
import { decideOwnerLink } from './owner-link.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toSteps } from './part.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

type View = OwnerView<OneFileSettings, OneFileCentre>;

/**
 * What could be done next for an officer or organisation (OF-30 to OF-36).
 *
 * All searching, creating, replacing and dropping of its link happens here, in its own lane, so once whoever asks (G-3).
 * Created is only what a learner needs (OF-20, OF-22); an edit of the id in PICS is checked and followed at once.
 */
export function evaluateOwner(view: View): Evaluation {
  const { owner, lane, settings, nowMs } = view;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  switch (link.kind) {
    case 'linked':
      return joinParts([announceOwner(view), pushOwnerDetails(view)]);
    case 'cleared':
      return toSteps({ kind: 'unlink', links: [link.stored] });
    case 'typed':
      return followTyped(view, link.typedId, link.stored?.vendorId);
    case 'none':
      return view.demand === 'need' ? findOrCreate(view) : nothing;
  }
}

/** D-2: PICS shows the id once the reconciler has copied it. */
function announceOwner({ owner, lane, settings }: View): Part {
  const isColumnOurs = settings.externalIdVendor === 'onefile';
  if (!isColumnOurs || owner.externalId !== null) return nothing;
  const links = lane.links.filter(
    ({ kind, picsId, copiedAtMs }) => kind === owner.kind && picsId === owner.code && copiedAtMs === null,
  );
  return links.length === 0 ? nothing : toSteps({ kind: 'announce', links });
}

/** OF-30, G-2: an id a person put into PICS becomes the link after it was found; the old one is kept until then. */
function followTyped(view: View, typedId: string, replaces: string | undefined): Part {
  const { owner, settings, reads } = view;
  const find = toFind(owner, typedId);
  if (!reads.has(readKey(find))) return toSteps(toCallStep(find));
  const link: NewLink = {
    ...{ vendor: 'onefile', centre: settings.centreId, kind: owner.kind, picsId: owner.code },
    ...{ vendorId: typedId, ident: null, how: 'typed' },
    ...(replaces === undefined ? {} : { replaces }),
  };
  return toSteps({ kind: 'link', links: [link] });
}

/** OF-32: by MIS value, exactly one hit; only when nobody has it, created. Never by name. */
function findOrCreate(view: View): Part {
  const { owner, lane, reads } = view;
  // OF-35: a link that does not count any more would stand in the way of the one that does.
  const idle = lane.links.filter(({ kind, picsId }) => kind === owner.kind && picsId === owner.code);
  if (idle.length > 0) return toSteps({ kind: 'unlink', links: idle });
  const find = toFind(owner, null);
  if (!reads.has(readKey(find))) return toSteps(toCallStep(find));
  const create = toCreate(view);
  if (create !== null) return toSteps(toCallStep(create));
  const isOfficer = owner.kind === 'officer';
  return toHold({
    subject: toSubject(owner),
    code: isOfficer ? 'NO_ASSESSOR' : 'NO_PLACEMENT',
    // Named in the place of a learner: this is the item of the officer or organisation itself.
    params: { ...toNamed(owner), ...(isOfficer ? { officer: owner.code } : { place: owner.code }) },
  });
}

function toNamed(owner: View['owner']): { readonly name: string; readonly ident: string } {
  const name = owner.kind === 'officer' ? toFullName(owner) : owner.name;
  return { name: name || owner.code, ident: owner.code };
}

function toFind(owner: View['owner'], typedId: string | null): Call {
  return {
    name: owner.kind === 'officer' ? 'find-assessor' : 'find-placement',
    effect: 'read',
    subject: toSubject(owner),
    naturalKey: null,
    request: { code: owner.code, typedId },
  };
}

/** Null when PICS does not hold what OneFile demands: a name, and of an officer an e-mail address too. */
function toCreate({ owner, settings }: View): Call | null {
  const misId = settings.sendMisValue || settings.matchBy === 'misValue' ? owner.code : null;
  const shared = {
    ...{ effect: 'create' as const, subject: toSubject(owner), naturalKey: toMisKey(misId) },
  };
  const key = { code: owner.code, ...(misId === null ? {} : { misId }) };
  if (owner.kind === 'organisation') {
    if (owner.name === null) return null;
    const request: CreatePlacement = { ...key, name: owner.name };
    return { ...shared, name: 'create-placement', request };
  }
  const { firstName, surname, email } = owner;
  if (firstName === null || surname === null) return null;
  if (!settings.officerCreateEmail) {
    const request: CreateAssessor = { ...key, firstName, lastName: surname };
    return { ...shared, name: 'create-assessor', request };
  }
  if (email === null) return null;
  const request: CreateAssessor = { ...key, firstName, lastName: surname, email };
  return { ...shared, name: 'create-assessor', request };
}

function toSubject({ kind, code }: View['owner']): string {
  return `${kind}:${code}`;
}
