/** Figures of one contestant, by name; each name is in `figureNames`. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

/** What is measured, and how a heading says it. */
export const figureNames = {
  perSecond: 'per second',
  storedPerSecond: 'stored per second',
  scoredPerSecond: 'scored per second',
  p50: 'p50 ms',
  p99: 'p99 ms',
  serverCpu: 'server CPU ms',
  postgresCpu: 'PostgreSQL CPU ms',
  cpu: 'CPU ms',
  wal: 'WAL bytes',
  statements: 'SQL statements',
  rows: 'rows',
  kept: 'bytes kept',
  bytes: 'bytes',
  milliseconds: 'ms',
  memory: 'MB',
  value: 'share',
} as const;

/** The name of a figure. CPU, WAL, statements, rows and bytes are per unit: a request, a signal, a delivery. */
export type FigureName = keyof typeof figureNames;

/** Contestants that did the same work in one run, turn by turn. */
export interface Measure {
  /** Section and measure, for example `reads.account`. */
  readonly name: string;
  readonly title: string;
  /** One unit of the work, for example `request`. */
  readonly unit: string;
  /** By contestant. Percentiles are of all kept rounds together, everything else is the median of the rounds. */
  readonly contestants: Readonly<Record<string, Figures>>;
  /** The kept rounds, each with the figures of every contestant. */
  readonly rounds: readonly Readonly<Record<string, Figures>>[];
  /** Rounds that were thrown away because others used too much of the machine. */
  readonly discarded: number;
  /** The largest share of the machine that others used during a kept round, 0..1. */
  readonly foreign: number;
  /** False when no round kept within the bound; the figures are then of the quietest rounds. */
  readonly isQuiet: boolean;
}

/** A table as it was printed. */
export interface PrintedTable {
  readonly section: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** All that one run of the bench found, as `--json` writes it. */
export interface Results {
  readonly takenAt: string;
  readonly commit: string;
  readonly machine: string;
  readonly load: { readonly atStart: string; readonly atEnd: string };
  readonly flags: Readonly<Record<string, string | number>>;
  readonly sections: readonly string[];
  readonly measures: readonly Measure[];
  readonly tables: readonly PrintedTable[];
  readonly notes: readonly string[];
}

/** How much of a figure one contestant has for each of another's: the median of the rounds' ratios. NaN where one of both lacks it. */
export function ratioOf({ rounds }: Pick<Measure, 'rounds'>, figure: FigureName, one: string, other: string): number {
  return median(rounds.map((round) => (round[one]?.[figure] ?? Number.NaN) / (round[other]?.[figure] ?? Number.NaN)));
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
