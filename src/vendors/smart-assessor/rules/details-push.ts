import type { Shadow } from '../../../domain/observation.ts';
import { readKey } from '../../../domain/view.ts';
import { findPushed, nothingPushed, type Pushed, pushAfterReading } from '../../common/details.ts';
import { nothing, type Part, toCallStep, toSteps } from '../../common/parts.ts';
import { callOf, type Of, toReadAssessor, toReadLearner } from './calls.ts';
import { learnerDetailFields, learnerGroups, officerDetailFields } from './details-fields.ts';
import { decideOwnerLink } from './links.ts';
import type { SmartAssessorLearnerView, SmartAssessorOwnerView } from './settings.ts';

const vendor = 'smartassessor' as const;

/**
 * SA-5, SA-50: sends the details of a linked learner that differ, in push mode. PICS is compared with the learner as last
 * read; where they differ the learner is read first (D-1) and compared again. Only changed fields go, since what is sent
 * overwrites what people typed there (Q4), and only those that the site lets be updated (Q6).
 */
export function pushLearnerDetails(view: SmartAssessorLearnerView, of: Of): Part {
  const { learner, lane, settings, reads } = view;
  if (settings.learnerDetails !== 'push') return nothing;
  const shadow = lane.shadows.find(
    ({ entity, vendorId }) => entity === 'learner' && vendorId === of.learnerId,
  );
  const pushed = findPushed(
    learnerDetailFields,
    {
      vendor,
      groups: learnerGroups(settings),
      support: lane.fieldSupport,
      entity: 'learner',
      vendorId: of.learnerId,
      held: lane.held,
    },
    { pics: learner, ...contentOf(shadow) },
  );
  const read = toReadLearner(of);
  return pushAfterReading(withoutFixed(withoutUnread(pushed, shadow), view, of), {
    read,
    isRead: reads.has(readKey(read)) || of.isFirst === true,
    isKnown: shadow !== undefined,
    update: (fields) => {
      const subject = `learner-details:${of.ident}`;
      const request = { ident: of.ident, learnerId: of.learnerId, fields: toPortFields(fields) };
      return callOf('update-learner', { subject }, request);
    },
  });
}

function contentOf(shadow: Shadow | undefined) {
  return { record: shadow?.record ?? {}, sent: shadow?.sent ?? {} };
}

/** A field that the contract cannot read, or that shows what makes no sense (D-17), is not blank. */
function withoutUnread(pushed: Pushed, shadow: Shadow | undefined): Pushed {
  const gaps = [shadow?.record['unread'], shadow?.record['unreadable']].flatMap((names) =>
    Array.isArray(names) ? names : [],
  );
  const readable = Object.entries(pushed.fields).filter(([name]) => !gaps.includes(name));
  return { ...pushed, fields: Object.fromEntries(readable) };
}

/** Q6: what the site does not take is noted and not sent. */
function withoutFixed(pushed: Pushed, { settings }: SmartAssessorLearnerView, { ident }: Of): Pushed {
  const { updatableLearnerFields: taken } = settings.capabilities;
  const names = Object.keys(pushed.fields);
  const fixed = names.filter((name) => !taken.includes(name));
  if (fixed.length === 0) return pushed;
  return {
    ...pushed,
    fields: Object.fromEntries(Object.entries(pushed.fields).filter(([name]) => taken.includes(name))),
    notes: [
      ...pushed.notes,
      ...fixed.map((name) => ({ code: 'SA-50', subject: `learner-field:${ident}/${name}` })),
    ],
  };
}

/** PICS's letters in the port's words. */
function toPortFields(fields: Pushed['fields']): Pushed['fields'] {
  const { sex } = fields;
  return sex === undefined ? fields : { ...fields, sex: sex === 'M' ? 'male' : 'female' };
}

/**
 * SA-8, SA-53: exchanges the details of a linked officer. In pull mode a refresh only reads the assessor; the reconciler
 * takes the values over. A learner that needs the assessor to exist does not wait for either. Organisations have no
 * mode (SA-54).
 */
export function pushOfficerDetails(view: SmartAssessorOwnerView): Part {
  const { owner, lane, settings, demand, reads, nowMs } = view;
  const mode = settings.officerDetails;
  if (owner.kind !== 'officer' || mode === 'none' || demand === 'need') return nothing;
  const link = decideOwnerLink(owner, lane.links, settings, nowMs);
  if (link.kind !== 'linked') return nothing;
  const read = toReadAssessor(owner.code, link.vendorId);
  const isRead = reads.has(readKey(read));
  if (mode === 'pull') return isRead || demand !== 'refresh' ? nothing : toSteps(toCallStep(read));
  const shadow = lane.shadows.find((one) => one.entity === 'assessor' && one.vendorId === link.vendorId);
  const pushed =
    shadow === undefined && isRead
      ? nothingPushed
      : findPushed(
          officerDetailFields,
          {
            vendor,
            groups: settings.officerDetailFields,
            support: lane.fieldSupport,
            entity: 'assessor',
            vendorId: link.vendorId,
            held: lane.held,
          },
          { pics: owner, ...contentOf(shadow) },
        );
  return pushAfterReading(withoutUnread(pushed, shadow), {
    read,
    isRead,
    isKnown: shadow !== undefined,
    isReadFirst: demand === 'refresh',
    update: (fields) => {
      const subject = `officer-details:${owner.code}`;
      return callOf('update-assessor', { subject }, { code: owner.code, assessorId: link.vendorId, fields });
    },
  });
}
