import { statement, type Sql } from '../../platform/postgres/statement.ts';

/** What the calls of one day by one prompt and model used. */
export interface LlmUsageRow {
  readonly day: string;
  readonly purpose: string;
  readonly promptName: string;
  readonly promptVersion: number;
  readonly model: string;
  readonly calls: number;
  readonly attempts: number;
  readonly failures: number;
  readonly unknown: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly costMicrodollars: number;
}

const dailyUsage = statement<LlmUsageRow>(
  'daily_llm_usage',
  `select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD') as day, purpose, prompt_name as "promptName", prompt_version as "promptVersion", model,
     count(*)::int as calls, sum(attempts)::float8 as attempts, count(*) filter (where outcome <> 'DONE')::int as failures, count(*) filter (where cost_microdollars is null)::int as unknown,
     coalesce(sum(input_tokens), 0)::float8 as "inputTokens", coalesce(sum(cached_input_tokens), 0)::float8 as "cachedInputTokens", coalesce(sum(output_tokens), 0)::float8 as "outputTokens",
     coalesce(sum(cost_microdollars), 0)::float8 as "costMicrodollars"
   from llm_usage where tenant_id = $1 and recorded_at >= $2::date::timestamp at time zone 'UTC' and recorded_at < ($3::date + 1)::timestamp at time zone 'UTC'
   group by 1, 2, 3, 4, 5 order by 1 desc, 2, 3, 4 desc, 5`,
);

/** What a tenant's calls of models used from one day to another, both included, the latest day first. */
export function llmUsageOf(sql: Sql, tenantId: string, { from, until }: { readonly from: string; readonly until: string }): Promise<LlmUsageRow[]> {
  return sql.rows(dailyUsage, [tenantId, from, until]);
}
