import type { Actor } from '../../platform/events/event.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { MatchKindName } from './match-rules.ts';

/** A merge that a person or the policy decided on. */
export interface MergeDecision {
  readonly kind: MatchKindName;
  /** Which survives. */
  readonly intoId: string;
  readonly fromId: string;
  readonly reason: string;
  readonly decidedBy: Actor;
}

/** Merges two nodes as a recorded decision. */
export type MergeNodes = (work: Work, seal: Seal, decision: MergeDecision) => Promise<void>;

/** Merges nodes that were confirmed to be one; null until merging exists: then a confirmed pair waits. */
export const mergeNodes = null as MergeNodes | null;
