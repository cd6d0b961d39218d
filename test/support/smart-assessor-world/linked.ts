import type { Learner } from '../../../src/domain/learner.ts';
import type { SharedSettings } from '../../../src/vendors/vendor.ts';
import { buildLearner } from '../learner.ts';
import type { WorldPics } from '../world/world.ts';
import { ids } from './site.ts';
import { openSmartAssessorWorld, type SmartAssessorSetup } from './world.ts';

/** The learner of the small site as PICS has her, with her id typed. */
export function buildLinked(known: Partial<Learner> = {}): Learner {
  return buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    smartAssessorId: ids.imogen,
    activePortfolio: 'S',
    ...known,
  });
}

/** She and her assessor, whose id PICS shows; another officer has none. */
export function openLinkedWorld(
  setup: Partial<WorldPics & SmartAssessorSetup> & { readonly shared?: Partial<SharedSettings> } = {},
) {
  return openSmartAssessorWorld({
    learners: [buildLinked()],
    officers: [{ code: 'ABR001', externalId: ids.ada }, { code: 'BCO001' }],
    ...setup,
  });
}
