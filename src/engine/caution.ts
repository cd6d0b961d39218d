import { emptyOutcome } from '../domain/ledger.ts';
import type { Call, Done, Resolution } from '../domain/step.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import { recordFailure, recordIntent } from './call.ts';
import { toLinkKey, unknownOutcome } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { type Glance, type Memory, toContext } from './glance.ts';
import { recordFinal, toEntry } from './record.ts';
import { asVendor } from './unexpected.ts';

/**
 * Looks for the record of a create that is about to be sent. True: it may be sent. False: both sides are to be read again.
 *
 * The sync database was rebuilt, and what was sent shortly before it was lost may stand in no topic. A record that is found is
 * adopted as after a lost answer; of several a person decides; one that cannot be looked up follows the policy for such
 * creates. It costs one call more, and a create is never sent twice.
 */
export async function mayCreate(parts: Desk, memory: Memory, glance: Glance, call: Call): Promise<boolean> {
  const { ports, gate, spread, signal } = parts;
  const key = `${call.name} ${call.subject}`;
  if (memory.lookedUp.has(key)) return true;
  await gate.enter();
  let resolution: Resolution;
  const startedAtMs = ports.clock.steadyMs();
  try {
    await ports.vendor.reserveCall(memory.priority, signal);
    signal.throwIfAborted();
    const { name: step, naturalKey, subject } = call;
    const unsent = { request: call.request, taken: takenOf(ports.vendor, glance) };
    const intent = { step, naturalKey, subject, ident: glance.key.ident, unsent };
    resolution = await asVendor(() => ports.vendor.resolve(intent, toContext(memory, glance, signal)));
  } catch (error) {
    gate.released();
    throw error;
  }
  const name = `look-up ${call.name}`;
  const tookMs = Math.round(ports.clock.steadyMs() - startedAtMs);
  ports.meter.called({ vendor: ports.vendor.name, name, result: resolution.kind, tookMs });
  memory.calls[name] = (memory.calls[name] ?? 0) + 1;
  const isAnswer = ['found', 'absent', 'several'].includes(resolution.kind);
  if (isAnswer) spread.answered(name, `${glance.key.ident} ${call.subject}`);
  switch (resolution.kind) {
    case 'found':
      gate.answered();
      await adopt(parts, memory, glance, { call, done: resolution.done });
      return false;
    case 'absent':
      gate.answered();
      memory.lookedUp.add(key);
      return true;
    case 'several':
      gate.answered();
      await hold(parts, glance, { call, matches: resolution.count });
      return false;
    case 'blind':
      gate.released();
      if (resolution.policy === 'repeat') memory.lookedUp.add(key);
      else await hold(parts, glance, { call, matches: 0 });
      return resolution.policy === 'repeat';
    default:
      await recordFailure(parts, memory, glance, {
        call: { ...call, name, effect: 'read' },
        sent: null,
        failure: resolution,
      });
      return false;
  }
}

/** Ids of the vendor's records that are linked in this lane, or that its reviews show. */
function takenOf({ columns }: Pick<OpenVendor, 'columns'>, { lane, subject }: Glance): ReadonlySet<string> {
  const reviews = subject.kind === 'learner' ? subject.learner.reviews : [];
  const shown = reviews.map((review) => review[columns.review]).filter((id) => id !== null);
  return new Set([...lane.links.map(({ vendorId }) => vendorId), ...shown]);
}

/** The record is there: as if the create had been answered. */
async function adopt(
  parts: Desk,
  memory: Memory,
  glance: Glance,
  { call, done }: { readonly call: Call; readonly done: Done },
): Promise<void> {
  const { ports } = parts;
  const sent = await recordIntent(parts, glance, call);
  if (sent === null) return;
  if (done.observed.length > 0) await ports.topics.publishObservations(done.observed);
  const recorded = await recordFinal(parts, glance, {
    ...emptyOutcome(glance.key, glance.lane.version),
    ...sent,
    state: 'done',
    code: 'ADOPTED',
    vendorId: done.vendorId,
    shadows: done.shadow,
    links: done.links,
    milestone: call.milestone ?? null,
    findings: done.findings,
    journal: [{ ...toEntry(`look-up ${call.name}`, call.subject, 'ADOPTED'), vendorId: done.vendorId }],
  });
  if (recorded.kind === 'conflict') return;
  for (const link of recorded.conflictingLinks)
    memory.refusedLinks.set(toLinkKey(link), { link, created: null });
}

async function hold(
  parts: Desk,
  glance: Glance,
  { call, matches }: { readonly call: Call; readonly matches: number },
): Promise<void> {
  const params = { what: call.name, n: String(matches) };
  await recordFinal(parts, glance, {
    ...emptyOutcome(glance.key, glance.lane.version),
    holds: [{ subject: call.subject, code: unknownOutcome, params, requestHash: null }],
    journal: [toEntry(`look-up ${call.name}`, call.subject, unknownOutcome)],
  });
}
