import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import type { ScoringModelParameters } from '../scoring/index.ts';

/** A run as the replay sees it: a frozen copy of what is replayed, and over what. Times are RFC 3339. */
export interface ReplayedRun {
  readonly id: Id<'ExperimentRun'>;
  readonly windowFrom: string;
  readonly windowTo: string;
  readonly clock: 'RECORDED' | 'OCCURRED';
  /** The present of the whole run: what production recorded later is not seen. */
  readonly frozenAt: string;
  readonly horizonDays: number;
  readonly parameters: ScoringModelParameters;
  /** The version of production's model that the run is compared with. */
  readonly baseVersion: number;
  /** The seed of the bootstrap, a whole number. */
  readonly seed: string;
}

/** What a portion of a run did. */
export interface ReplayedPortion {
  /** The last account that was replayed; null: there is none after the one given, the run is through. */
  readonly last: Id<'Account'> | null;
  readonly accounts: number;
  readonly signals: number;
}

/** How many accounts and signals a run will replay. */
export interface RunSize {
  readonly accounts: number;
  readonly signals: number;
}

/** What a finished run is known by. */
export interface FinishedRun {
  /** SHA-256 over the rows of the run, in lower-case hexadecimal digits. */
  readonly digest: string;
  /** The figures as JSON, without personal data. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** What the runner asks of the replay. */
export interface Replay {
  /** Counts what there is to do, once, when a run starts. */
  measureRun(work: LabWork, run: ReplayedRun): Promise<RunSize>;
  /**
   * Replays the next accounts in the order of their ids, at most `most` of them, after the one given (null: from the first), and
   * stores their rows. Repeating it gives the same rows: it replaces what an earlier try stored.
   */
  replayPortion(work: LabWork, run: ReplayedRun, portion: { readonly after: Id<'Account'> | null; readonly most: number }): Promise<ReplayedPortion>;
  /** Computes figures and digest from the stored rows. */
  finishRun(work: LabWork, run: ReplayedRun): Promise<FinishedRun>;
}
