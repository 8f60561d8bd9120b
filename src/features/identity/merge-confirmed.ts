import type { Actor } from '../../platform/events/event.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { MatchKindName } from './match-rules.ts';

/** That two nodes are one, as a person or the policy decided. */
export interface ConfirmedMerge {
  readonly kind: MatchKindName;
  /** Which survives. */
  readonly intoId: string;
  readonly fromId: string;
  readonly reason: string;
  readonly decidedBy: Actor;
}

/** Merges two nodes as a recorded decision. */
export type MergeConfirmed = (work: Work, seal: Seal, merge: ConfirmedMerge) => Promise<unknown>;

/** Merges nodes that were confirmed to be one; null until merging exists: then a confirmed pair waits. */
export const mergeConfirmed = null as MergeConfirmed | null;
