import type { Assessor, OneFileCentre } from './rules/settings.ts';

type Parts = {
  /** Null when OneFile cannot be asked now. */
  readonly readAssessors: () => Promise<readonly Assessor[] | null>;
  /** Codes of PICS review types with the Normal flag. */
  readonly readNormalReviewTypes: () => Promise<readonly string[]>;
  readonly now: () => number;
  readonly maxAgeMs?: number;
};

/**
 * Keeps what the rules need to know of the centre, read again when it is old.
 *
 * Nobody waits for OneFile here: until its assessors are known they count as unknown, and whoever is needed is looked up.
 */
export function createCentreReader(parts: Parts): () => Promise<OneFileCentre> {
  const { readAssessors, readNormalReviewTypes, now, maxAgeMs = 600_000 } = parts;
  let assessors: readonly Assessor[] | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - askedAtMs >= maxAgeMs) {
      askedAtMs = now();
      void readAssessors()
        .catch(() => null)
        .then((found) => {
          assessors = found ?? assessors;
        });
    }
    return { assessors, normalReviewTypes: await readNormalReviewTypes() };
  };
}
