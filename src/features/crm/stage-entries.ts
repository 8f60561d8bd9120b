import { stageKey } from '../stages/index.ts';

/** That a source said in which stage a deal was. Null: it said that the deal has no stage, or ended. */
export interface StagePoint {
  readonly source: string;
  readonly stage: string | null;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
}

/** That a connector delivered a stage: what signals are derived from. */
export interface StageReport extends StagePoint {
  readonly id: string;
  readonly stage: string;
  /** The account that it named, before merges. */
  readonly accountId: string;
  /** What the source itself says of the stage; null where it says nothing. */
  readonly closedAs: 'WON' | 'LOST' | null;
  /** Of its payload in canonical form. */
  readonly digest: string;
  /** The rank of its origin class, 0 to 6. */
  readonly origin: number;
}

/** A stage that a deal was in, by what one source says. */
export interface StageEntry {
  readonly source: string;
  readonly stage: string;
  readonly enteredAt: string;
  /** Null: it is still in it. */
  readonly leftAt: string | null;
  /** The report that it entered the stage; null where no connector delivered that. */
  readonly report: StageReport | null;
}

type Placed = StagePoint & { readonly report: StageReport | null };

/**
 * The stages that a deal went through by what one source says, in the order of their instants. What was delivered alone
 * decides: neither order nor repetition of deliveries does. Points of one instant are ordered by their content.
 */
export function stageEntries(points: readonly StagePoint[], reports: readonly StageReport[]): StageEntry[] {
  const placed = [...points.map((point): Placed => ({ ...point, report: null })), ...reports.map((report): Placed => ({ ...report, report }))];
  return [...Map.groupBy(placed, ({ source }) => source)].toSorted(([one], [other]) => compare(one, other)).flatMap(([, own]) => entriesOfSource(own));
}

function entriesOfSource(points: readonly Placed[]): StageEntry[] {
  const entries: { source: string; stage: string; enteredAt: string; leftAt: string | null; report: StageReport | null }[] = [];
  for (const { source, stage, occurredAt, report } of points.toSorted(byTime)) {
    const open = entries.at(-1)?.leftAt === null ? entries.at(-1) : undefined;
    if (open && stage !== null && stageKey(open.stage) === stageKey(stage)) {
      if (occurredAt === open.enteredAt) open.report ??= report;
      continue;
    }
    if (open) open.leftAt = occurredAt;
    if (stage !== null) entries.push({ source, stage, enteredAt: occurredAt, leftAt: null, report });
  }
  return entries;
}

function byTime(one: Placed, other: Placed): number {
  return compare(one.occurredAt, other.occurredAt) || compare(contentOf(one), contentOf(other));
}

/** Spellings of one stage follow each other; of one spelling, what was reported comes first, by its digest. */
const contentOf = ({ stage, report }: Placed): string => JSON.stringify([stage === null ? '' : stageKey(stage), report?.digest ?? '~', stage]);

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
