import { counter } from '../../platform/metrics.ts';
import type { IngestResult } from './ingest-signals.ts';
import { normalSource, normalType } from './normalise-signal.ts';

const processed = counter('signals_processed_total', 'Signals taken in, by source, type and outcome. A rise of rejected ones means that a source sends what is not understood.', ['source', 'type', 'status']);

/**
 * Types and sources that are labels of their own: those of the model that a tenant begins with, and of the systems that
 * the program knows. Both are free words of callers; all others are `other`, so that nobody can grow the metrics.
 */
const knownTypes: ReadonlySet<string> = new Set(['demo_request', 'stage_change', 'meeting', 'pricing_page_visit', 'email_reply', 'call', 'content_download', 'product_usage', 'support_ticket', 'website_visit', 'note', 'email_open', 'opportunity_created', 'opportunity_lost', 'opportunity_won', 'stage_advanced', 'stage_regressed', 'opt_out', 'complaint', 'blocker_opened', 'ticket_resolved', 'ticket_reopened', 'contact_created']);
const knownSources: ReadonlySet<string> = new Set(['salesforce', 'hubspot', 'jira', 'zendesk', 'slack', 'gong', 'calendar', 'email', 'outreach', 'web', 'product']);

const labelOf = (known: ReadonlySet<string>, name: string): string => (known.has(name) ? name : 'other');

/** Counts what became of signals. */
export function countIngested(signals: readonly { readonly source: string; readonly type: string }[], results: readonly IngestResult[]): void {
  for (const [index, result] of results.entries()) {
    const signal = signals[index];
    // What was refused may bear any name at all.
    const rejected = result.outcome === 'REJECTED';
    const [source, type] = rejected || !signal ? ['any', 'any'] : [labelOf(knownSources, normalSource(signal.source)), labelOf(knownTypes, normalType(signal.type))];
    processed.inc({ source, type, status: result.outcome.toLowerCase() });
  }
}
