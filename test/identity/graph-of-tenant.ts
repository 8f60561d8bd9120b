import { consentStates } from '../../src/features/consent/index.ts';
import { recountAccounts } from '../../src/features/scoring/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Queue } from '../actions/queue.ts';
import { size, type Played } from './histories.ts';

const openStoredValue = (queue: Queue, row: Record<string, unknown>, column: string): string | null => queue.seal.open((row['wrapped'] as Buffer | null) ?? null, (row[column] as Buffer | null) ?? null);

/** What a tenant's graph says, with names in the place of ids: two tenants that are told the same compare equal. */
export async function graphOf(queue: Queue, { tenantId }: Pick<Played, 'tenantId'>): Promise<unknown> {
  const rows = (sql: string) => queue.rows(sql, [tenantId]);
  const nameOf = (type: string, id: string): string => `(select min(r.external_id) from external_ref r where r.tenant_id = $1 and r.node_type = '${type}' and r.node_id = ${id})`;
  const asked = Array.from({ length: size }, (_, number) => number).flatMap((number) => (['OUTREACH', 'MARKETING'] as const).map((purpose) => ({ email: `own${number}@example.com`, purpose, channel: 'EMAIL' as const })));
  const states = await queue.database.transact({ tenantId, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => {
    // The context engine does so when it hears of a merge.
    await recountAccounts(work, (await rows('select id from node_identity where tenant_id = $1 and node_type = \'Account\' order by id')).map(({ id }) => String(id) as Id<'Account'>), 'MERGE');
    return consentStates(work, { tenantId, now: work.now, seal: queue.seal }, asked);
  });
  return {
    identities: await rows(`select ${nameOf('Account', 'i.id')} as name, ${nameOf('Account', 'i.survivor_id')} as survivor from node_identity i where i.tenant_id = $1 and i.node_type = 'Account' order by 1`),
    accounts: await rows(`select ${nameOf('Account', 'a.id')} as ref, a.name, a.industry, a.region, a.tier, a.status, a.is_stub, a.occurred_at from account a where a.tenant_id = $1 order by 1`),
    contacts: (await rows(`select ${nameOf('Contact', 'c.id')} as ref, ${nameOf('Account', 'c.account_id')} as account, c.title, c.role, c.occurred_at, c.name_sealed as name, c.email_sealed as email, k.wrapped_key as wrapped
      from contact c left join subject_key k on k.tenant_id = $1 and k.subject_id = c.subject_id where c.tenant_id = $1 order by 1`)).map((row) => ({ ...row, name: openStoredValue(queue, row, 'name'), email: openStoredValue(queue, row, 'email'), wrapped: null })),
    tickets: await rows(`select ${nameOf('Ticket', 't.id')} as ref, ${nameOf('Account', 't.account_id')} as account, t.status, t.occurred_at from ticket t where t.tenant_id = $1 order by 1`),
    signals: await rows(`select s.source_event_id as event, ${nameOf('Account', 's.account_id')} as account from signal s where s.tenant_id = $1 order by 1`),
    profile: (await rows(`select ${nameOf('Account', 'f.account_id')} as account, f.name, f.version, f.is_current as current, f.status, f.outranked_status as outranked, f.recorded_at as at, f.value_sealed as value, k.wrapped_key as wrapped
      from profile_field f left join subject_key k on k.tenant_id = $1 and k.subject_id = f.subject_id where f.tenant_id = $1 order by f.recorded_at, 1, 2, 3`)).map((row) => ({ ...row, value: openStoredValue(queue, row, 'value'), wrapped: null })),
    actions: await rows(`select ${nameOf('Account', 'a.account_id')} as account, a.proposed_at as at, a.status from action a where a.tenant_id = $1 order by 2, 1`),
    decisions: await rows(`select ${nameOf('Account', 'd.account_id')} as account, d.decided_at as at, d.outcome from action_decision d where d.tenant_id = $1 order by 2, 3, 1`),
    scores: await rows(`select ${nameOf('Account', 'c.account_id')} as account, coalesce(encode(p.sums, 'hex'), p.state::text) as state from account_contexts c join score_point p on p.tenant_id = $1 and p.id = c.point_id join account a on a.tenant_id = $1 and a.id = c.account_id where c.tenant_id = $1 order by 1`),
    consents: states.map(({ standing, version }) => `${standing} ${version}`),
  };
}
