import type { Scene } from './scene.ts';
import type { Teller } from './teller.ts';

/** One part of the story. It may end early when what it builds on did not come. */
export type Step = {
  readonly title: string;
  readonly play: (scene: Scene, teller: Teller) => Promise<void>;
};

/** A review that the story plans in PICS. The ids are known once it is there. */
export type Planned = {
  readonly ident: string;
  /** Wall time in London. */
  readonly at: string;
  picsId: string;
  oneFileId: number | null;
};

export const toPlanned = (ident: string, at: string): Planned => ({ ident, at, picsId: '', oneFileId: null });
