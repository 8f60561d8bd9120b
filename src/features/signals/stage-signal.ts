/** The types that a change to a closed stage has, beside the `stage_change` of an open one. */
export type StageSignalType = 'stage_change' | 'opportunity_won' | 'opportunity_lost';

/** What sources call the stage, in lower case and without underscores: `StageName`, `stage_name`, `stage`, HubSpot's `dealstage`. */
const stageKeys: ReadonlySet<string> = new Set(['stagename', 'stage', 'dealstage']);

function stageIn(payload: Readonly<Record<string, unknown>>): string | null {
  for (const [key, value] of Object.entries(payload)) {
    if (typeof value === 'string' && stageKeys.has(key.toLowerCase().replaceAll('_', ''))) return value;
  }
  return null;
}

const wordsOf = (stage: string): Set<string> => new Set(stage.toLowerCase().split(/[^\p{L}]+/u));

/**
 * The type of a change of stage: a lost or won opportunity is another kind of news than progress. Salesforce's own
 * `IsClosed` and `IsWon` decide where the payload has them; else the words `lost` and `won` in the stage, or HubSpot's
 * `closedlost` and `closedwon`. Until tenants have a stage catalogue, any other stage is a `stage_change`. The database's
 * `stage_kind` reads the stages of opportunities by the same words.
 */
export function stageSignalType(payload: Readonly<Record<string, unknown>>): StageSignalType {
  const { IsClosed, IsWon } = payload;
  if (IsWon === true) return 'opportunity_won';
  if (IsClosed === true && IsWon === false) return 'opportunity_lost';
  const stage = stageIn(payload);
  if (IsClosed === false || stage === null) return 'stage_change';
  const words = wordsOf(stage);
  if (words.has('lost') || words.has('closedlost')) return 'opportunity_lost';
  return words.has('won') || words.has('closedwon') ? 'opportunity_won' : 'stage_change';
}
