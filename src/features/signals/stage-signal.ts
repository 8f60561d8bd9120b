import { namedStage, type StageCatalogue } from '../stages/index.ts';

/** The types that a stated change to a closed stage has, beside the `stage_change` of any other. */
export type StageSignalType = 'stage_change' | 'opportunity_won' | 'opportunity_lost';

/** What sources call the stage, in lower case and without underscores: `StageName`, `stage_name`, `stage`, HubSpot's `dealstage`. */
const stageKeys: ReadonlySet<string> = new Set(['stagename', 'stage', 'dealstage']);

function stageIn(payload: Readonly<Record<string, unknown>>): string | null {
  for (const [key, value] of Object.entries(payload)) {
    if (typeof value === 'string' && stageKeys.has(key.toLowerCase().replaceAll('_', ''))) return value;
  }
  return null;
}

/**
 * The type of a `stage_change` that a source states itself: a lost or won opportunity is another kind of news than
 * progress. The tenant's stage catalogue decides; of a stage that it does not name, Salesforce's own `IsClosed` and `IsWon`
 * do where the payload has them. Changes of stage that connectors deliver are derived from the deal instead.
 */
export function stageSignalType(payload: Readonly<Record<string, unknown>>, catalogue: StageCatalogue): StageSignalType {
  const stage = stageIn(payload);
  const kind = (stage === null ? null : namedStage(catalogue, stage)?.kind) ?? closedAs(payload);
  if (kind === 'WON') return 'opportunity_won';
  return kind === 'LOST' ? 'opportunity_lost' : 'stage_change';
}

function closedAs({ IsClosed, IsWon }: Readonly<Record<string, unknown>>): 'WON' | 'LOST' | null {
  if (IsWon === true) return 'WON';
  return IsClosed === true && IsWon === false ? 'LOST' : null;
}
