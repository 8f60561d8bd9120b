import { createHash } from 'node:crypto';
import { namedStage, stageKey, type StageCatalogue, type StageMeaning } from '../stages/index.ts';
import type { StageEntry, StageReport } from './stage-entries.ts';

/** What a change of stage can be. */
export type StageChangeType = 'opportunity_created' | 'stage_advanced' | 'stage_regressed' | 'opportunity_won' | 'opportunity_lost' | 'stage_change';

/** A signal that follows from the stages of a deal. */
export interface StageChange {
  /** What changed, as a digest: equal for equal changes, whatever was delivered when. */
  readonly eventId: string;
  readonly type: StageChangeType;
  readonly occurredAt: string;
  readonly report: StageReport;
}

/**
 * The signals that follow from the stages of a deal, by a catalogue. Only a change that a connector
 * reported makes one; a stage that an upsert stated first is where the next change starts from.
 */
export function stageChanges(entries: readonly StageEntry[], catalogue: StageCatalogue): StageChange[] {
  return [...Map.groupBy(entries, ({ source }) => source).values()].flatMap((own) =>
    own.flatMap((entry, index): StageChange[] => {
      const before = own[index - 1] ?? null;
      // It ended and came back as it was: the deal is in no other stage.
      if (!entry.report || (before && stageKey(before.stage) === stageKey(entry.stage))) return [];
      const type = typeOf(before, entry, catalogue);
      const from = before && stageKey(before.stage);
      const { report, source, enteredAt } = entry;
      const eventId = createHash('sha256').update(JSON.stringify([source, from, stageKey(entry.stage), enteredAt, type, report.accountId, report.digest])).digest('hex').slice(0, 32);
      return [{ eventId, type, occurredAt: enteredAt, report }];
    }),
  );
}

interface Meaning {
  readonly kind: StageMeaning;
  /** Null: the catalogue does not name the stage, but its source says how it ended. */
  readonly position: number | null;
}

function meaningOf({ stage, report }: StageEntry, catalogue: StageCatalogue): Meaning | null {
  const named = namedStage(catalogue, stage);
  if (named) return named;
  return report?.closedAs ? { kind: report.closedAs, position: null } : null;
}

/** A won or lost stage says it all. Between open stages their order decides; a reopened deal moved on if it was lost, and back if it was won. Without a meaning a change is neutral. */
function typeOf(before: StageEntry | null, entry: StageEntry, catalogue: StageCatalogue): StageChangeType {
  const to = meaningOf(entry, catalogue);
  if (to?.kind === 'WON') return 'opportunity_won';
  if (to?.kind === 'LOST') return 'opportunity_lost';
  if (!before) return 'opportunity_created';
  const from = meaningOf(before, catalogue);
  if (!to || !from) return 'stage_change';
  if (from.kind === 'LOST') return 'stage_advanced';
  if (from.kind === 'WON') return 'stage_regressed';
  return (to.position ?? 0) > (from.position ?? 0) ? 'stage_advanced' : 'stage_regressed';
}
