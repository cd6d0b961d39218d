import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { Link } from '../../src/domain/link.ts';
import type { Observation, Shadow } from '../../src/domain/observation.ts';
import type { Call, NextStep } from '../../src/domain/step.ts';
import { readKey } from '../../src/domain/view.ts';
import { decideLinkRow } from '../../src/vendors/common/link-row.ts';
import { evaluate } from '../../src/vendors/onefile/rules/evaluate.ts';
import { oneFileIds } from '../../src/vendors/onefile/rules/links.ts';
import { decideRow } from '../../src/vendors/onefile/rules/reconcile.ts';
import {
  applyDecision,
  buildLink,
  buildObservation,
  buildShadow,
  buildSyncSide,
  buildView,
  defaultSettings,
  nowMs,
} from './onefile-rules.ts';

type Item =
  | { readonly kind: 'observation'; readonly observation: Observation; readonly readAt: number }
  | { readonly kind: 'link'; readonly link: Link };

/**
 * One learner on both sides with the rules between them: what the engine, the client and the reconciler do, without
 * time, network or database. Looks and reconciling happen when the test says so, in any order.
 */
export function createExchange(start: {
  learner: Learner;
  aims: Record<string, JsonObject>;
  reviews: Record<string, JsonObject>;
}) {
  const oneFile = { aims: { ...start.aims }, reviews: { ...start.reviews } };
  let learner = start.learner;
  let links: Link[] = [];
  const shadows = new Map<string, Shadow>();
  const newest = new Map<string, number>();
  let queue: Item[] = [];
  let clock = 0;
  let nextId = 700_000;
  const done = { calls: [] as string[], picsWrites: 0 };

  function see(entity: 'learning-aim' | 'review', records: Record<string, JsonObject>): void {
    clock += 1;
    for (const [id, record] of Object.entries(records)) {
      shadows.set(`${entity} ${id}`, buildShadow(entity, id, record));
      queue.push({ kind: 'observation', observation: buildObservation(entity, id, record), readAt: clock });
    }
  }

  function addLink(link: Link): void {
    const isTaken = links.some(
      (one) => one.kind === link.kind && (one.picsId === link.picsId || one.vendorId === link.vendorId),
    );
    if (!isTaken) links.push(link);
  }

  function call({ name, request, effect }: Call): void {
    if (effect !== 'read') done.calls.push(name);
    nextId += 1;
    const made = String(nextId);
    const picsId = String(request['reviewId']);
    const uncopied = { copiedAtMs: null };
    if (name === 'read-aims') {
      see('learning-aim', oneFile.aims);
    } else if (name === 'read-aim') {
      see('learning-aim', pick(oneFile.aims, String(request['aimId'])));
    } else if (name === 'read-reviews') {
      see('review', oneFile.reviews);
    } else if (name === 'update-aim') {
      const id = String(request['aimId']);
      const record = { ...oneFile.aims[id], ...(request['fields'] as JsonObject) };
      oneFile.aims[id] = record;
      shadows.set(`learning-aim ${id}`, buildShadow('learning-aim', id, record));
    } else if (name === 'create-visit') {
      addLink(buildLink('visit', picsId, made, uncopied));
    } else if (name === 'create-review') {
      const { assessorId = null, visitId = null, scheduledForMs = null } = request;
      oneFile.reviews[made] = { learnerId: '400061', assessorId, visitId, scheduledForMs };
      addLink(buildLink('review', picsId, made, uncopied));
    }
  }

  /** One look of the engine. `stopAfter` kills it after so many steps. */
  function look(demand: 'change' | 'refresh', stopAfter = 100): void {
    const reads = new Set<string>();
    const announced = new Set<string>();
    for (let step = 0; step < stopAfter; step += 1) {
      const lane = { links, shadows: [...shadows.values()] };
      const view = buildView({ learner, lane, demand, reads: [...reads] });
      const isNew = (one: NextStep) =>
        one.kind !== 'announce' || one.links.some(({ picsId }) => !announced.has(picsId));
      const next = evaluate(view).candidates.find(isNew);
      if (next === undefined) return;
      if (next.kind === 'link') for (const link of next.links) addLink({ ...link, copiedAtMs: null });
      if (next.kind === 'need')
        for (const { code } of next.owners)
          addLink(buildLink('officer', code, '400002', { copiedAtMs: null, how: 'typed' }));
      if (next.kind === 'announce')
        for (const link of next.links) {
          announced.add(link.picsId);
          queue.push({ kind: 'link', link });
        }
      if (next.kind === 'call') {
        call(next.call);
        if (next.call.effect === 'read') reads.add(readKey(next.call));
      }
    }
    if (stopAfter === 100) throw new Error('a look does not end');
  }

  function settle(item: Item): 'settled' | 'wait' {
    if (item.kind === 'link') {
      const isNew = { ids: oneFileIds, isColumnOurs: true, isRemoved: false };
      write(decideLinkRow(item.link, { learner, owner: null }, isNew));
      const isSame = (one: Link) => one.kind === item.link.kind && one.picsId === item.link.picsId;
      links = links.map((one) => (isSame(one) ? { ...one, copiedAtMs: nowMs - 3_600_000 } : one));
      return 'settled';
    }
    const key = `${item.observation.entity} ${item.observation.vendorId}`;
    if ((newest.get(key) ?? 0) > item.readAt) return 'settled';
    const side = buildSyncSide({ links, shadows: [...shadows.values()] });
    const decision = decideRow(item.observation, learner, side, defaultSettings);
    if (decision.kind === 'wait') return 'wait';
    newest.set(key, item.readAt);
    write(decision);
    return 'settled';
  }

  function write(decision: ReturnType<typeof decideRow>): void {
    if (decision.kind === 'write') done.picsWrites += decision.actions.length;
    learner = applyDecision(learner, decision);
  }

  /** Settles one waiting record, whichever. */
  function reconcile(choice: number): void {
    const item = queue[choice % Math.max(1, queue.length)];
    if (item !== undefined && settle(item) === 'settled') queue = queue.filter((one) => one !== item);
  }

  return {
    oneFile,
    done,
    look,
    reconcile,
    learner: () => learner,
    edit: (change: (learner: Learner) => Learner) => {
      learner = change(learner);
    },
    drain: () => {
      for (let turn = 0; queue.length > 0; turn += 1) {
        if (turn > 1_000) throw new Error('a record waits for ever');
        reconcile(0);
      }
    },
  };
}

function pick(records: Record<string, JsonObject>, id: string): Record<string, JsonObject> {
  const record = records[id];
  return record === undefined ? {} : { [id]: record };
}
