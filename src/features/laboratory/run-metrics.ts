import { Bootstrap } from './bootstrap.ts';
import { unit, type AccountMeasures, type Bin } from './measure-account.ts';

/** A figure with the interval that holds it in 95 of 100 resamples. All null where nothing is divided by. */
export interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** One tenth of the range of scores: what was predicted there, and what came. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Mean prediction, 0 to 1; null without samples. */
  readonly predicted: number | null;
  /** Share of samples after which a win followed within the horizon; null without samples. */
  readonly observed: number | null;
}

/** What one way to score accounts is worth. */
export interface ModelFigures {
  readonly flagged: number;
  readonly judged: number;
  readonly hits: number;
  readonly precision: Figure;
  readonly recall: Figure;
  /** Precision over the base rate. */
  readonly lift: Figure;
  readonly meanLeadTimeHours: Figure;
  readonly medianLeadTimeHours: number | null;
  readonly brier: Figure;
  readonly calibration: readonly CalibrationBin[];
}

/** Names of the ways to score that are compared; NOTHING flags nobody and always predicts the base rate. */
export type ComparedModel = 'CANDIDATE' | 'PRODUCTION' | 'RECENCY' | 'NOTHING';

/** The figures that are added up over accounts. */
export interface AddedFigures {
  readonly accounts: number;
  readonly judgedAccounts: number;
  readonly won: number;
  readonly lost: number;
  /** Accounts that were won, of those that were watched long enough. */
  readonly baseRate: Figure;
  readonly models: Readonly<Record<ComparedModel, ModelFigures>>;
}

// Places of the sums that an account adds to: of its own, and of each model.
const [judgedPlace, wonPlace] = [0, 1];
const ownSums = 2;
const ofModel = { judged: 0, hits: 1, lead: 2, samples: 3, wins: 4, squaredError: 5 } as const;
const modelSums = Object.keys(ofModel).length;
const models = ['CANDIDATE', 'PRODUCTION', 'RECENCY'] as const;
const place = (model: number, sum: keyof typeof ofModel): number => ownSums + model * modelSums + ofModel[sum];
const hour = 3_600_000;

type Sums = (place: number) => number;
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Adds accounts up to figures, one after the other. What it holds grows only with the number of accounts that were won. */
export class RunFigures {
  readonly #bootstrap: Bootstrap;
  readonly #sums = new Float64Array(ownSums + models.length * modelSums);
  readonly #leads: readonly number[][] = models.map(() => []);
  readonly #flagged: number[] = models.map(() => 0);
  readonly #bins: readonly Bin[][] = models.map(() => Array.from({ length: 10 }, (_, tenth) => ({ tenth, samples: 0, predicted: 0, wins: 0, squaredError: 0 })));
  #accounts = 0;
  #lost = 0;

  constructor(seed: bigint) {
    this.#bootstrap = new Bootstrap(this.#sums.length, seed);
  }

  /** The next account; they come in the order of their ids. */
  take(account: AccountMeasures): void {
    this.#accounts += 1;
    if (account.lost) this.#lost += 1;
    const values = Array.from({ length: this.#sums.length }, () => 0);
    values[judgedPlace] = account.judged ? 1 : 0;
    values[wonPlace] = account.won ? 1 : 0;
    for (const [index, { flagged, judged, hit, lead, bins }] of account.models.entries()) {
      if (flagged) this.#flagged[index] = (this.#flagged[index] ?? 0) + 1;
      if (lead !== null) this.#leads[index]?.push(lead);
      const sum = (of: keyof Bin): number => bins.reduce((total, bin) => total + bin[of], 0);
      const added = { judged: judged ? 1 : 0, hits: hit ? 1 : 0, lead: lead ?? 0, samples: sum('samples'), wins: sum('wins'), squaredError: sum('squaredError') };
      for (const [name, value] of Object.entries(added)) values[place(index, name as keyof typeof ofModel)] = value;
      this.#addBins(index, bins);
    }
    for (const [index, value] of values.entries()) this.#sums[index] = (this.#sums[index] ?? 0) + value;
    this.#bootstrap.take(values);
  }

  /** The figures over all accounts. */
  figures(): AddedFigures {
    const total: Sums = (index) => this.#sums[index] ?? 0;
    return {
      accounts: this.#accounts,
      judgedAccounts: total(judgedPlace),
      won: total(wonPlace),
      lost: this.#lost,
      baseRate: this.#figure(baseRate),
      models: {
        CANDIDATE: this.#ofModel(0),
        PRODUCTION: this.#ofModel(1),
        RECENCY: this.#ofModel(2),
        NOTHING: this.#nothing(),
      },
    };
  }

  #figure(of: (sums: Sums) => number | null): Figure {
    const [low, high] = this.#bootstrap.interval(of) ?? [null, null];
    return { value: of((index) => this.#sums[index] ?? 0), low, high };
  }

  #ofModel(model: number): ModelFigures {
    const precision = (sums: Sums): number | null => ratio(sums(place(model, 'hits')), sums(place(model, 'judged')));
    const lift = (sums: Sums): number | null => {
      const [own, base] = [precision(sums), baseRate(sums)];
      return own === null || base === null ? null : ratio(own, base);
    };
    return {
      flagged: this.#flagged[model] ?? 0,
      judged: this.#sums[place(model, 'judged')] ?? 0,
      hits: this.#sums[place(model, 'hits')] ?? 0,
      precision: this.#figure(precision),
      recall: this.#figure((sums) => ratio(sums(place(model, 'hits')), sums(wonPlace))),
      lift: this.#figure(lift),
      meanLeadTimeHours: this.#figure((sums) => ratio(sums(place(model, 'lead')) / hour, sums(place(model, 'hits')))),
      medianLeadTimeHours: median(this.#leads[model] ?? []),
      brier: this.#figure((sums) => ratio(sums(place(model, 'squaredError')) / unit, sums(place(model, 'samples')))),
      calibration: (this.#bins[model] ?? []).map(calibrationOf),
    };
  }

  /** Flags nobody, and says of every sample that a win follows as often as it does. */
  #nothing(): ModelFigures {
    const rate = (sums: Sums): number | null => ratio(sums(place(0, 'wins')), sums(place(0, 'samples')));
    const none: Figure = { value: null, low: null, high: null };
    const brier = this.#figure((sums) => {
      const wins = rate(sums);
      return wins === null ? null : wins * (1 - wins);
    });
    const all = (this.#bins[0] ?? []).reduce((sum, bin) => ({ samples: sum.samples + bin.samples, wins: sum.wins + bin.wins }), { samples: 0, wins: 0 });
    const [predicted, tenth] = [ratio(all.wins, all.samples), Math.min(9, Math.floor((ratio(all.wins, all.samples) ?? 0) * 10))];
    const calibration = Array.from({ length: 10 }, (_, index): CalibrationBin => {
      const here = index === tenth && all.samples > 0;
      return { from: index / 10, to: (index + 1) / 10, samples: here ? all.samples : 0, predicted: here ? predicted : null, observed: here ? predicted : null };
    });
    return { flagged: 0, judged: 0, hits: 0, precision: none, recall: this.#figure((sums) => ratio(0, sums(wonPlace))), lift: none, meanLeadTimeHours: none, medianLeadTimeHours: null, brier, calibration };
  }

  #addBins(model: number, bins: readonly Bin[]): void {
    const own = this.#bins[model];
    for (const { tenth, samples, predicted, wins, squaredError } of bins) {
      const bin = own?.[tenth];
      if (own && bin) own[tenth] = { tenth, samples: bin.samples + samples, predicted: bin.predicted + predicted, wins: bin.wins + wins, squaredError: bin.squaredError + squaredError };
    }
  }
}

function baseRate(sums: Sums): number | null {
  return ratio(sums(wonPlace), sums(judgedPlace));
}

function calibrationOf({ tenth, samples, predicted, wins }: Bin): CalibrationBin {
  return { from: tenth / 10, to: (tenth + 1) / 10, samples, predicted: ratio(predicted / unit, samples), observed: ratio(wins, samples) };
}

function median(leads: readonly number[]): number | null {
  const sorted = leads.toSorted((one, other) => one - other);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2 / hour;
}
