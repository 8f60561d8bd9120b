import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { TenantSql } from '../lineage/index.ts';
import { healthOfAccounts, type HealthFigures } from './health-of-accounts.ts';

/** A reference to a version of a row, as a snapshot keeps it. */
export interface PinnedReference {
  readonly id: string;
  /** The instant from which on the version was current, as the database writes it. */
  readonly version: string;
  /** SHA-256 over the version, in hex; after an erasure the version no longer has it. */
  readonly digest: string;
}

/** Everything that was read of an account. */
export interface AccountReading extends HealthFigures {
  readonly accountId: Id<'Account'>;
  readonly accountVersion: string;
  readonly revenueMinor: number | null;
  readonly revenueCurrency: string | null;
  readonly accountStatus: string;
  readonly industry: string | null;
  readonly region: string | null;
  readonly accountTier: string | null;
  readonly externalAccountId: string | null;
  readonly lifecycleStage: string | null;
  readonly onboardingStatus: string | null;
  readonly lastQbrDate: string | null;
  readonly nextQbrDate: string | null;
  readonly engagementScore: number | null;
  readonly champion: PinnedReference | null;
  readonly championStatus: string | null;
  readonly stakeholderCount: number | null;
  readonly products: readonly { readonly id: string; readonly name: string }[];
  readonly playbooks: { readonly ids: readonly string[]; readonly running: number; readonly completed: number; readonly completedLately: number; readonly lastName: string | null; readonly lastAt: string | null };
  readonly recommendations: readonly { readonly id: string; readonly type: string }[];
  readonly recentNotes: readonly PinnedReference[];
  readonly recentPlaybookReports: readonly PinnedReference[];
  readonly topCriticalKpis: readonly PinnedReference[];
}

/** What was read of some accounts, all of it in one snapshot of the database. */
export interface Reading {
  /** The instant that it is about. RFC 3339. */
  readonly takenAt: string;
  /** How far the tenant's chain of facts had come: what was recorded behind it is not in the reading. */
  readonly sequence: number;
  readonly accounts: ReadonlyMap<Id<'Account'>, AccountReading>;
}

// The row as the server sends it in binary: a fifth of what its JSON costs, and the same whatever the session's settings.
const digestOf = (table: string): string => `encode(sha256(record_send(${table})), 'hex')`;
const pin = (table: string): string => `json_build_object('id', ${table}.id, 'version', ${table}.sys_from, 'digest', ${digestOf(table)})`;

const chainEnd = statement<{ sequence: number }>('end_of_chain', 'select sequence from audit_head where tenant_id = $1');
const accounts = statement<Omit<AccountReading, keyof HealthFigures | 'products' | 'playbooks' | 'recommendations' | 'recentNotes' | 'recentPlaybookReports' | 'topCriticalKpis'>>(
  'accounts_for_snapshots',
  `select a.id as "accountId", a.sys_from::text as "accountVersion", a.revenue_minor as "revenueMinor", a.revenue_currency as "revenueCurrency", a.status as "accountStatus", a.industry, a.region, a.tier as "accountTier",
     (select r.external_id from external_ref r where r.tenant_id = a.tenant_id and r.node_id = a.id and r.node_type = 'Account' order by r.system, r.external_id limit 1) as "externalAccountId",
     a.lifecycle_stage as "lifecycleStage", a.onboarding_status as "onboardingStatus", a.last_qbr_on as "lastQbrDate", a.next_qbr_on as "nextQbrDate", a.engagement_score as "engagementScore",
     (select ${pin('c')} from contact c where c.tenant_id = a.tenant_id and c.id = a.primary_champion_id) as champion, a.champion_status as "championStatus", a.stakeholder_count as "stakeholderCount"
   from account a where a.tenant_id = $1 and a.id = any($2::uuid[])`,
);

interface Records extends Pick<AccountReading, 'products' | 'recommendations' | 'recentNotes' | 'recentPlaybookReports'> {
  readonly accountId: string;
  readonly playbooks: AccountReading['playbooks'];
}
// Of records of one instant what they say decides which are shown, not their ids.
const records = statement<Records>(
  'records_for_snapshots',
  `select a.id as "accountId",
     coalesce((select json_agg(json_build_object('id', p.id, 'name', p.name) order by p.occurred_at, p.name, p.id) from product p where p.tenant_id = $1 and p.account_id = a.id), '[]') as products,
     coalesce((select json_agg(json_build_object('id', t.id, 'type', t.playbook_type) order by t.occurred_at desc, t.playbook_type, t.id) from playbook_trigger t
       where t.tenant_id = $1 and t.account_id = a.id and t.auto_trigger_enabled), '[]') as recommendations,
     (select json_build_object('ids', coalesce(json_agg(e.id order by e.id), '[]'), 'running', count(*) filter (where e.status = 'RUNNING'), 'completed', count(*) filter (where e.status = 'COMPLETED'),
         'completedLately', count(*) filter (where e.status = 'COMPLETED' and e.completed_at > $3::timestamptz - interval '30 days' and e.completed_at <= $3),
         'lastName', (array_agg(e.playbook_name order by e.started_at desc, e.playbook_name, e.id) filter (where e.started_at <= $3))[1], 'lastAt', max(e.started_at) filter (where e.started_at <= $3))
       from playbook_execution e where e.tenant_id = $1 and e.account_id = a.id) as playbooks,
     coalesce((select json_agg(${pin('n')} order by n.occurred_at desc, n.note_type, n.author, n.content, n.id) from (
       select * from note n where n.tenant_id = $1 and n.account_id = a.id order by n.occurred_at desc, n.note_type, n.author, n.content, n.id limit 5) n), '[]') as "recentNotes",
     coalesce((select json_agg(${pin('r')} order by r.generated_at desc, r.playbook_name, r.content, r.id) from (
       select * from playbook_report r where r.tenant_id = $1 and r.account_id = a.id order by r.generated_at desc, r.playbook_name, r.content, r.id limit 3) r), '[]') as "recentPlaybookReports"
   from unnest($2::uuid[]) a(id)`,
);
const kpiPins = statement<{ pin: PinnedReference }>('kpis_to_pin', `select ${pin('k')} as pin from kpi k where k.tenant_id = $1 and k.id = any($2::uuid[])`);

/**
 * Reads everything that snapshots of some accounts say: seven statements, however many accounts. All of them must see the
 * same state, so `sql` is a REPEATABLE READ transaction. The instant is taken behind the first statement: whatever that
 * state holds was recorded before it. What is missing was still being written, and `sequence` tells it apart later.
 */
export async function readAccounts(sql: TenantSql, clock: { now(): Date }, accountIds: readonly Id<'Account'>[]): Promise<Reading> {
  const [end] = await sql.rows(chainEnd, [sql.tenantId]);
  const takenAt = clock.now().toISOString();
  const asked = [sql.tenantId, accountIds];
  const own = await sql.rows(accounts, asked);
  const recordsOf = new Map((await sql.rows(records, [...asked, takenAt])).map((row) => [row.accountId, row]));
  const healthOf = await healthOfAccounts(sql, accountIds, takenAt);
  const pins = new Map((await sql.rows(kpiPins, [sql.tenantId, [...healthOf.values()].flatMap(({ topCriticalKpiIds }) => topCriticalKpiIds)])).map(({ pin: { id, version, digest } }) => [id, { id, version, digest }]));
  const read = own.map((account): [Id<'Account'>, AccountReading] => {
    const [kept, health] = [recordsOf.get(account.accountId), healthOf.get(account.accountId)];
    if (!kept || !health) throw new Error('an account was read by half');
    return [account.accountId, { ...account, ...kept, ...health, accountId: account.accountId, topCriticalKpis: health.topCriticalKpiIds.flatMap((id) => pins.get(id) ?? []) }];
  });
  return { takenAt, sequence: end?.sequence ?? 0, accounts: new Map(read) };
}
