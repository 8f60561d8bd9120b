import { percentile } from './load.ts';
import type { Meter } from './meter.ts';
import type { Part } from './part.ts';
import { median, type FigureName, type Figures, type Measure } from './results.ts';

/** What a contestant did in its turn. */
export interface Work {
  /** Requests, signals, deliveries: what everything is counted by. */
  readonly units: number;
  /** How long the work took, where that is less than the whole turn; the turn's own time when absent. */
  readonly milliseconds?: number;
  /** How long each request took. */
  readonly times?: readonly number[];
  /** Bytes of all answers. */
  readonly bytes?: number;
  /** Figures that the contestant knows by itself; they are kept as they are. */
  readonly figures?: Figures;
}

/** One of those that do the same work. */
export interface Contestant {
  readonly name: string;
  /** Its process, which stands still while it is another's turn; null: it works in this process. */
  readonly part: Part | null;
  /** Does its share of the work. Whatever is not to be measured belongs into `prepare`. */
  turn(round: number): Promise<Work>;
  /** Runs before each turn, unmeasured. */
  prepare?(round: number): Promise<unknown>;
}

/** How many rounds there are, and how much others may use of the machine meanwhile, 0..1. */
export interface RoundPlan {
  readonly rounds: number;
  readonly foreign: number;
}

/** A race: who takes part, and in what. */
export interface Race {
  /** Section and measure, for example `reads.account`. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly contestants: readonly Contestant[];
}

interface Round {
  readonly figures: Readonly<Record<string, Figures>>;
  readonly times: Readonly<Record<string, readonly number[]>>;
  readonly foreign: number;
}

/**
 * Lets contestants work turn by turn, in another order each round, so that all meet the same state of the machine. A round in
 * which others used more than the bound is thrown away and repeated, as often as there are rounds; when none is left, the
 * quietest ones are kept, and the measure says so.
 */
export async function race(meter: Meter, { contestants, ...of }: Race, { rounds, foreign }: RoundPlan): Promise<Measure> {
  const all: Round[] = [];
  const kept = (): Round[] => all.filter((round) => !(round.foreign > foreign));
  for (let number = 0; kept().length < rounds && number < rounds * 2; number += 1) all.push(await runRound(meter, contestants, number));
  const quietest = all.toSorted((a, b) => a.foreign - b.foreign).slice(0, Math.ceil(rounds / 2));
  const isQuiet = kept().length > 0;
  const counted = isQuiet ? kept() : quietest;
  return {
    ...of, isQuiet, discarded: all.length - counted.length, foreign: Math.max(...counted.map((round) => round.foreign)),
    rounds: counted.map(({ figures }) => figures),
    contestants: Object.fromEntries(contestants.map(({ name }) => [name, summed(counted, name)])),
  };
}

async function runRound(meter: Meter, contestants: readonly Contestant[], number: number): Promise<Round> {
  const shift = number % contestants.length;
  const order = [...contestants.slice(shift), ...contestants.slice(0, shift)];
  const parts = new Set(contestants.flatMap(({ part }) => (part ? [part] : [])));
  const [figures, times]: [Record<string, Figures>, Record<string, readonly number[]>] = [{}, {}];
  let foreign = 0;
  for (const contestant of order) {
    for (const part of parts) if (part !== contestant.part) part.pause();
    contestant.part?.resume();
    await contestant.prepare?.(number);
    const turn = await runTurn(meter, contestant, number);
    [figures[contestant.name], times[contestant.name], foreign] = [turn.figures, turn.times, Math.max(foreign, turn.foreign)];
  }
  for (const part of parts) part.resume();
  return { figures, times, foreign };
}

async function runTurn(meter: Meter, { part, turn }: Contestant, number: number): Promise<{ figures: Figures; times: readonly number[]; foreign: number }> {
  const cpu = async (): Promise<number> => (part ? part.cpu() : ownCpu());
  const stop = await meter.start();
  const before = await cpu();
  const { units, milliseconds, times = [], bytes, figures } = await turn(number);
  const serverCpu = ((await cpu()) - before) / units;
  const cost = await stop();
  const postgresCpu = cost.postgresCpu / units;
  return {
    times, foreign: cost.foreign,
    figures: {
      perSecond: (units / (milliseconds ?? cost.milliseconds)) * 1_000, serverCpu, postgresCpu, cpu: serverCpu + postgresCpu, wal: cost.wal / units,
      ...(bytes === undefined ? {} : { bytes: bytes / units }), ...(times.length > 0 ? { p50: percentile(times, 0.5), p99: percentile(times, 0.99) } : {}), ...figures,
    },
  };
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function summed(rounds: readonly Round[], name: string): Figures {
  const own = rounds.map(({ figures }) => figures[name] ?? {});
  const names = [...new Set(own.flatMap((figures) => Object.keys(figures) as FigureName[]))];
  const times = rounds.flatMap((round) => round.times[name] ?? []);
  return {
    ...Object.fromEntries(names.map((figure) => [figure, median(own.map((figures) => figures[figure] ?? Number.NaN))])),
    ...(times.length > 0 ? { p50: percentile(times, 0.5), p99: percentile(times, 0.99) } : {}),
  };
}
