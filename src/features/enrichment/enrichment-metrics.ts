import { counter } from '../../platform/metrics.ts';
import type { CalledProvider, EnrichmentFailure, EnrichmentStatus } from './enums.ts';

const calls = counter('enrichment_api_calls_total', 'Calls to enrichment providers, by provider and outcome. A rise of failures means that accounts stay incomplete; of unknown, that processes end during calls.', ['provider', 'outcome']);
const spent = counter('enrichment_budget_spent_dollars', 'US dollars that calls to enrichment providers cost, by provider. A rise means more enrichments.', ['provider']);
const wanted = counter('enrichment_triggers_total', 'Accounts with high intent that were looked at for enrichment, by outcome. A rise of budget_exhausted means that the budget holds enrichments back.', ['outcome']);

/** Counts an enrichment that ended after its provider was called. */
export function countEnded({ provider, status, failureCode, costMinor }: { readonly provider: CalledProvider; readonly status: EnrichmentStatus; readonly failureCode: EnrichmentFailure | null; readonly costMinor: number }): void {
  calls.inc({ provider: provider.toLowerCase(), outcome: (status === 'FAILED' ? (failureCode ?? status) : status).toLowerCase() });
  spent.inc({ provider: provider.toLowerCase() }, costMinor / 100);
}

/** What became of an account that high intent looked at. */
export type TriggerOutcome = 'REQUESTED' | 'UNDER_WAY' | 'QUALITY_SUFFICES' | 'COOLING_DOWN' | 'BUDGET_EXHAUSTED' | 'NOT_HIGH';

/** Counts an account that high intent looked at. */
export function countTrigger(outcome: TriggerOutcome): void {
  wanted.inc({ outcome: outcome.toLowerCase() });
}
