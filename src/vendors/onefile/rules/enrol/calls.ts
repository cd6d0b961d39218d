/**
 * Arguments of the calls that enrol a learner, shared by the rules and the client.
 *
 * Texts are trimmed, blanks are absent, dates are `YYYY-MM-DD`.
 */
export type CreateLearner = {
  readonly ident: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly defaultAssessorId: string;
  readonly placementId: string;
  readonly classroomId: string;
  /** MIS value = ident; absent when the setting says so. */
  readonly misId?: string;
  readonly phone?: string;
  readonly mobile?: string;
  readonly birthDate?: string;
  readonly uln?: string;
  readonly niNumber?: string;
  readonly startOn?: string;
  readonly expectedEndOn?: string;
  /** `L12`, `L13` (M or F), `L15` at OneFile. */
  readonly ethnicity?: string;
  readonly sex?: string;
  readonly disability?: string;
  /** PICS codes of the ids, never sent. When OneFile refuses, they name the record that is gone. */
  readonly officerCode?: string;
  readonly organisationCode?: string;
};

/** Looks for the learner once more when an accepted plan has become old (O10). */
export type FindLearner = {
  readonly ident: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Known learners that are not the one meant. */
  readonly except: readonly string[];
};

export type AssignStandard = {
  readonly ident: string;
  readonly learnerId: string;
  /** `reference/seq` of the qualification. */
  readonly key: string;
  readonly standardId: string;
};

/**
 * `standardId` for the assessor of an aim (level 3); null for an additional assessor of the learner (level
 * 1).
 */
export type AssignAssessor = {
  readonly learnerId: string;
  readonly assessorId: string;
  readonly standardId: string | null;
};

export type CreateAssessor = {
  readonly code: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Sent with the name because OneFile demands it. */
  readonly email?: string;
  readonly misId?: string;
};
export type CreatePlacement = { readonly code: string; readonly name: string; readonly misId?: string };

/** The key by which an unanswered create is found again (O10). */
export function toMisKey(misId: string | null, except: readonly string[] = []): string {
  return `misId=${misId ?? ''} not=${except.join(',')}`;
}

export function fromMisKey(
  key: string,
): { readonly misId: string | null; readonly except: readonly string[] } | null {
  const [, misId, except] = /^misId=(.*) not=([\d,]*)$/.exec(key) ?? [];
  if (misId === undefined || except === undefined) return null;
  return { misId: misId === '' ? null : misId, except: except.split(',').filter((id) => id !== '') };
}

export function toAimKey({
  learnerId,
  standardId,
}: Pick<AssignStandard, 'learnerId' | 'standardId'>): string {
  return `learner=${learnerId} standard=${standardId}`;
}

export function fromAimKey(key: string): Pick<AssignStandard, 'learnerId' | 'standardId'> | null {
  const [, learnerId, standardId] = /^learner=(\d+) standard=(\d+)$/.exec(key) ?? [];
  return learnerId === undefined || standardId === undefined ? null : { learnerId, standardId };
}
