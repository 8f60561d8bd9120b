import type { Pool } from 'pg';
import { chainHash, chainStart, type AuditEntry } from '../../src/platform/postgres/audit-chain.ts';
import { replay, type ScoreState } from '../../src/features/scoring/intent-score.ts';
import { readState, type StateColumns } from '../../src/features/scoring/state-bytes.ts';
import { defaultScoringModelParameters } from '../../src/features/scoring/index.ts';
import type { ScoringModel } from '../../src/features/scoring/scoring-model.ts';

const instant = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Walks a tenant's audit chain from its table alone; answers its length, and the first place that does not hold. */
export async function verifyChain(admin: Pool, tenantId: string): Promise<{ length: number; broken: number | null }> {
  const { rows } = await admin.query<AuditEntry & { previousHash: Buffer; hash: Buffer }>(
    `select sequence::int as sequence, id, kind, account_id as "accountId", actor_kind as "actorKind", actor_id as "actorId", request_id as "requestId",
       ${instant('occurred_at')} as "occurredAt", ${instant('recorded_at')} as "recordedAt", data, previous_hash as "previousHash", hash
     from audit_logs where tenant_id = $1 order by sequence`,
    [tenantId],
  );
  let previous = chainStart;
  for (const [index, row] of rows.entries()) {
    if (row.sequence !== index + 1 || !row.previousHash.equals(previous) || !row.hash.equals(chainHash(previous, row))) return { length: rows.length, broken: index + 1 };
    previous = row.hash;
  }
  return { length: rows.length, broken: null };
}

/** An account's stored sums beside the ones that its stored signals give. */
export interface ScoreCheck {
  readonly accountId: string;
  readonly stored: ScoreState;
  readonly recomputed: ScoreState;
}

/** Recomputes every score of a tenant (of the default model) from nothing but the stored signals. */
export async function recomputeScores(admin: Pool, tenantId: string): Promise<ScoreCheck[]> {
  const model: ScoringModel = { version: 1, ...defaultScoringModelParameters(75) };
  const { rows } = await admin.query<{ account_id: string; type: string; occurred_at: Date; recorded_at: Date }>(
    'select account_id, type, occurred_at, recorded_at from signal where tenant_id = $1 order by account_id, recorded_at, id',
    [tenantId],
  );
  const { rows: contexts } = await admin.query<{ account_id: string } & StateColumns>('select c.account_id, p.state, p.sums from account_contexts c join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id where c.tenant_id = $1', [tenantId]);
  const stored = new Map(contexts.map(({ account_id: id, ...row }) => [id, readState(row) as ScoreState]));
  return [...Map.groupBy(rows, (row) => row.account_id)].map(([accountId, own]) => ({
    accountId,
    stored: stored.get(accountId) ?? {},
    recomputed: replay(own.map((row) => ({ type: row.type, occurredAt: row.occurred_at.getTime(), recordedAt: row.recorded_at.getTime() })), model),
  }));
}
