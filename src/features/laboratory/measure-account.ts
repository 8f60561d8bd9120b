import type { Crossing } from './follow-model.ts';
import type { Sample } from './replay-account.ts';

/** How the account's first deal that was won or lost ended; instants in epoch milliseconds. */
export interface AccountOutcome {
  readonly result: 'WON' | 'LOST';
  readonly closedAt: number;
}

/** What an account is judged by. */
export interface Judgement {
  readonly from: number;
  readonly to: number;
  readonly frozenAt: number;
  /** In milliseconds. */
  readonly horizon: number;
  /** The first outcome after the window began; null: none is known. */
  readonly outcome: AccountOutcome | null;
}

/** Samples whose prediction lies in one tenth of 0 to 1. Sums of predictions and of squared errors are whole millionths, so that adding them up depends on no order. */
export interface Bin {
  /** 0 to 9. */
  readonly tenth: number;
  readonly samples: number;
  readonly predicted: number;
  readonly wins: number;
  readonly squaredError: number;
}

/** What is measured of one way to score an account. */
export interface ModelMeasures {
  readonly flagged: boolean;
  /** Whether it was flagged, and it is known whether a win followed in time. */
  readonly judged: boolean;
  /** Whether a win followed a flag within the horizon. */
  readonly hit: boolean;
  /** From the first flag that the win followed in time to the win, in milliseconds; null without one. */
  readonly lead: number | null;
  readonly bins: readonly Bin[];
}

/** What is measured of an account. */
export interface AccountMeasures {
  /** Whether it was watched long enough to say whether it was won. */
  readonly judged: boolean;
  readonly won: boolean;
  readonly lost: boolean;
  readonly models: readonly ModelMeasures[];
}

/** Millionths. */
export const unit = 1_000_000;

/** Measures an account by its first outcome, for each way to score it. What happens after the outcome is not judged: its question is answered. */
export function measureAccount(judgement: Judgement, crossings: readonly (readonly Crossing[])[], samples: readonly Sample[]): AccountMeasures {
  const { from, frozenAt, horizon, outcome } = judgement;
  return {
    judged: outcome !== null || from + horizon <= frozenAt,
    won: outcome?.result === 'WON',
    lost: outcome?.result === 'LOST',
    models: crossings.map((own, place) => measureModel(judgement, own, samples.map(({ at, scores }) => ({ at, score: scores[place] ?? 0 })))),
  };
}

function measureModel({ frozenAt, horizon, outcome }: Judgement, crossings: readonly Crossing[], samples: readonly { at: number; score: number }[]): ModelMeasures {
  const flags = crossings.filter(({ at, direction }) => direction === 'UP' && (outcome === null || at < outcome.closedAt));
  const wonAfter = (at: number): boolean => outcome?.result === 'WON' && at < outcome.closedAt && outcome.closedAt <= at + horizon;
  const isKnown = (at: number): boolean => outcome !== null || at + horizon <= frozenAt;
  const first = flags.find(({ at }) => wonAfter(at));
  const bins = new Map<number, Bin>();
  for (const { at, score } of samples) {
    if (!isKnown(at) || (outcome !== null && at >= outcome.closedAt)) continue;
    const [predicted, wins] = [Math.min(1, Math.max(0, score / 100)), wonAfter(at) ? 1 : 0];
    const tenth = Math.min(9, Math.floor(predicted * 10));
    const bin = bins.get(tenth) ?? { tenth, samples: 0, predicted: 0, wins: 0, squaredError: 0 };
    bins.set(tenth, {
      tenth,
      samples: bin.samples + 1,
      predicted: bin.predicted + Math.round(predicted * unit),
      wins: bin.wins + wins,
      squaredError: bin.squaredError + Math.round((predicted - wins) ** 2 * unit),
    });
  }
  return {
    flagged: crossings.some(({ direction }) => direction === 'UP'),
    judged: flags.length > 0 && flags.every(({ at }) => isKnown(at)),
    hit: first !== undefined,
    lead: first && outcome ? outcome.closedAt - first.at : null,
    bins: [...bins.values()].toSorted((one, other) => one.tenth - other.tenth),
  };
}
