import type { Arranged, BulkPayload } from '../accounts/arrange.ts';

/** What the tests ask of an account's health. */
export const healthFields = `id overallScore partialScore coverage productUsageScore supportScore customerSentimentScore businessOutcomesScore relationshipStrengthScore healthSource healthSourceReason healthAsOf modelVersion reasons
  kpiCounts { total accountLevel productLevel critical atRisk healthy unknown }`;

/** An account's health as it was answered. */
export interface ShownHealth extends Record<string, unknown> {
  readonly id: string;
  readonly overallScore: number | null;
  readonly partialScore: number | null;
  readonly coverage: number;
  readonly healthSource: string;
  readonly healthSourceReason: string;
  readonly healthAsOf: string | null;
  readonly modelVersion: number;
  readonly reasons: readonly string[];
  readonly kpiCounts: Record<string, number>;
}

/** A KPI in a few words: its parameter and its value. */
export function putKpis(program: Arranged, account: string, values: Readonly<Record<string, string>>, more: Record<string, unknown> = {}): Promise<BulkPayload> {
  return program.upsert('kpis', Object.entries(values).map(([parameter, value]) => ({ account: { id: account }, externalRef: { system: 'test', id: `${account}-${parameter}` }, category: 'Support', parameter, value, ...more })));
}

/** An account's health, now or as of an instant. */
export async function healthOf(program: Arranged, id: string, asOf: string | null = null): Promise<ShownHealth> {
  return (await program.see<{ account: { health: ShownHealth } }>(`query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { health { ${healthFields} } } }`, { id, asOf })).account.health;
}

/** A month's trend. */
export function putTrend(program: Arranged, account: string, month: number, overallScore: number, more: Record<string, unknown> = {}): Promise<BulkPayload> {
  return program.upsert('healthTrends', [{ account: { id: account }, externalRef: { system: 'test', id: `${account}-${month}` }, year: 2026, month, overallScore, ...more }]);
}
