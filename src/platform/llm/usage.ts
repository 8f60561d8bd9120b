import { counter, histogram } from '../metrics.ts';
import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import type { Caller } from '../postgres/work.ts';
import type { PromptFile } from './prompt-file.ts';
import type { Tokens } from './prices.ts';

/** How a call ended. `INVALID`: the model answered, and never as it was told to. `CANCELLED`: whoever asked gave up. */
export type LlmOutcome = 'DONE' | 'INVALID' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED';

/** What one call, with all its attempts, used. */
export interface LlmUsage {
  readonly purpose: string;
  readonly model: string;
  readonly prompt: PromptFile;
  /** Null when nobody knows what an attempt used. */
  readonly tokens: Tokens | null;
  /** Whole micro-dollars; null when the tokens or the model's price are not known. */
  readonly cost: number | null;
  readonly outcome: LlmOutcome;
  readonly attempts: number;
  readonly latencyMilliseconds: number;
}

const insert = statement(
  'insert_llm_usage',
  `insert into llm_usage (tenant_id, id, purpose, model, prompt_name, prompt_version, input_tokens, cached_input_tokens, output_tokens,
                          cost_microdollars, outcome, attempts, latency_ms, actor_kind, actor_id, request_id, recorded_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
);

const calls = counter('llm_calls_total', 'Calls of language models by purpose, model and outcome. A rise of `INVALID` means that a prompt and a model do not fit; of `FAILED` or `TIMED_OUT`, that the provider is in trouble.', ['purpose', 'model', 'outcome']);
const tokensUsed = counter('llm_tokens_total', 'Tokens sent to and received from language models. A rise costs money.', ['purpose', 'model', 'direction']);
const attempted = counter('llm_attempts_total', 'Attempts that calls of language models took. A rise above the calls means that attempts fail and are paid for again.', ['purpose', 'model']);
const unknown = counter('llm_unknown_usage_total', 'Calls of which nobody knows what they used: they came too late, or the provider did not say. A rise means that the bill will be higher than the count.', ['purpose', 'model']);
const unaccounted = counter('llm_unaccounted_total', 'Calls of language models that could not be written down. A rise means that sums per tenant are too low.', ['purpose', 'model']);
const dollars = counter('llm_cost_dollars_total', 'What calls of language models cost, where the price is known. A rise is a rising bill.', ['purpose', 'model']);
const seconds = histogram('llm_call_seconds', 'How long calls of language models took, all attempts together. A rise means a slower provider or longer documents.', ['purpose', 'model'], [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]);

/** Counts a call that could not be written down. */
export function countUnaccounted({ purpose, model }: Pick<LlmUsage, 'purpose' | 'model'>): void {
  unaccounted.inc({ purpose, model });
}

/** Counts an answer of plain rules; it used nothing that there is to write down. */
export function countTemplate(purpose: string): void {
  calls.inc({ purpose, model: 'template', outcome: 'DONE' });
}

/** Writes a call down for the tenant that it was made for, in a transaction of its own, and counts it. */
export async function accountFor(database: Pick<Database, 'transact'>, caller: Caller, usage: LlmUsage): Promise<void> {
  const { purpose, model, prompt, tokens, cost, outcome, attempts, latencyMilliseconds } = usage;
  calls.inc({ purpose, model, outcome });
  attempted.inc({ purpose, model }, attempts);
  if (!tokens) unknown.inc({ purpose, model });
  tokensUsed.inc({ purpose, model, direction: 'input' }, tokens?.input ?? 0);
  tokensUsed.inc({ purpose, model, direction: 'output' }, tokens?.output ?? 0);
  dollars.inc({ purpose, model }, (cost ?? 0) / 1_000_000);
  seconds.observe({ purpose, model }, latencyMilliseconds / 1_000);
  const { kind, id } = caller.actor;
  await database.transact(caller, (work) =>
    work.rows(insert, [
      work.tenantId, work.newId<'LlmUsage'>(), purpose, model, prompt.name, prompt.version, tokens?.input ?? null, tokens?.cachedInput ?? null, tokens?.output ?? null,
      cost, outcome, attempts, Math.round(latencyMilliseconds), kind, id, work.requestId, work.now,
    ]),
  );
}
