import { MemoryPics } from '../memory/pics.ts';
import { describePics, widestNumber } from './pics.ts';

describePics('PICS in memory', async () => {
  const pics = new MemoryPics();
  // Its columns have no width of their own.
  pics.refuses = (action) =>
    action.kind === 'update-qualification' && (action.set.registrationNumber?.length ?? 0) > widestNumber
      ? '22001'
      : null;
  return {
    pics,
    put: async ({ learners = [], owners = [], requests = [], normalReviewTypes, settings }) => {
      for (const owner of owners) pics.setOwner(owner);
      for (const learner of learners) pics.setLearner(learner);
      for (const request of requests) pics.insertRequest(request);
      if (normalReviewTypes !== undefined) pics.normalReviewTypes = normalReviewTypes;
      if (settings !== undefined) pics.desktopSettings = settings;
    },
    lock: async (lane) => {
      pics.locked.add(lane);
      return async () => void pics.locked.delete(lane);
    },
    readSnapshots: async () => [...pics.snapshots],
    close: async () => {},
  };
});
