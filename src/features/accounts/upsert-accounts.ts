import { InvalidInput, LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import { checkMoney } from '../../platform/graphql/money.ts';
import { parseGlobalId, toGlobalId, type Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { accountChanged } from './account.events.ts';
import { checkExternalRef, type ExternalRefInput } from './account-selector.ts';
import type { AccountInput, PersonInput } from './account.type.ts';
import { checkText } from './columns.ts';
import { claimExternalRefs } from './external-refs.ts';
import { lockAccounts } from './lock-accounts.ts';
import { mostRecords, type UpsertResult } from './upsert-records.ts';

interface Checked {
  readonly place: number;
  readonly externalRef: ExternalRefInput;
  readonly row: Record<string, unknown>;
  /** Whether addresses of erased people were taken out of it. */
  readonly suppressed: boolean;
}

const columns = {
  name: 'text', is_stub: 'boolean', industry: 'text', region: 'text', website: 'text', employee_count: 'int', status: 'text', tier: 'text',
  revenue_minor: 'bigint', revenue_currency: 'text', owner_name: 'text', owner_email: 'text', csm_name: 'text', csm_email: 'text',
  csm_manager_name: 'text', csm_manager_email: 'text', lifecycle_stage: 'text', onboarding_status: 'text', last_qbr_on: 'date',
  next_qbr_on: 'date', renewal_on: 'date', engagement_score: 'double precision', primary_champion_id: 'uuid', champion_status: 'text', stakeholder_count: 'int',
} as const;
const names = Object.keys(columns);

const upsert = statement<{ id: Id<'Account'>; inserted: boolean }>(
  'upsert_accounts',
  `with given as (
     select * from jsonb_to_recordset($2::jsonb) as g(id uuid, occurred_at timestamptz, ${names.map((name) => `${name} ${columns[name as keyof typeof columns]}`).join(', ')})
   )
   , identified as (insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at) select $1, id, 'Account', id, $3 from given order by id on conflict do nothing)
   insert into account as stored (tenant_id, id, occurred_at, recorded_at, ${names.join(', ')})
   select $1, id, coalesce(occurred_at, $3), $3, ${names.join(', ')} from given order by id
   on conflict (tenant_id, id) do update set occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at,
     ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
   where (${names.map((name) => `stored.${name}`).join(', ')}) is distinct from (${names.map((name) => `excluded.${name}`).join(', ')})
      or (stored.occurred_at <> excluded.occurred_at and exists (select from given g where g.id = stored.id and g.occurred_at is not null))
   returning new.id, (old.id is null) as inserted`,
);

/**
 * Stores accounts, each found again by its external reference and replaced as a whole; a stub becomes a full account.
 * An account that is refused does not hold up the others. Answers one result per input, in order.
 */
export async function upsertAccounts(work: Work, inputs: readonly AccountInput[]): Promise<UpsertResult[]> {
  if (inputs.length > mostRecords) throw new LimitExceeded(`At most ${mostRecords} accounts in one call; these are ${inputs.length}.`);
  const results: UpsertResult[] = [];
  const checked = inputs.flatMap((input, place) => {
    try {
      return [check(input, place)];
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      results[place] = error;
      return [];
    }
  });
  const admitted = await keepSuppressedOut(work, checked, results);
  const ids = await claimExternalRefs<'Account'>(work, 'Account', admitted.map((item) => item.externalRef));
  await lockAccounts(work, ids);
  const rows = new Map(admitted.map((item, index) => [ids[index], { ...item.row, id: ids[index] }]));
  const stored = rows.size === 0 ? [] : await work.rows(upsert, [work.tenantId, JSON.stringify([...rows.values()]), work.now]);
  const changes = new Map(stored.map((row) => [row.id, row.inserted ? ('CREATED' as const) : ('UPDATED' as const)]));
  for (const accountId of changes.keys()) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'account', ids: [accountId] } }));
  for (const [index, item] of admitted.entries()) {
    const id = ids[index];
    if (id) results[item.place] = { globalId: toGlobalId('Account', id), change: changes.get(id) ?? 'UNCHANGED', suppressed: item.suppressed };
  }
  return results;
}

/** Keeps people who were erased out: colleagues are emptied, as an erasure empties them, and addresses in texts are taken out. */
async function keepSuppressedOut(work: Work, checked: readonly Checked[], results: UpsertResult[]): Promise<readonly Checked[]> {
  const suppression = await checkSuppression(work, { values: checked.flatMap(({ row, externalRef }) => [row, externalRef.id]) });
  const kept = checked.flatMap((item): Checked[] => {
    if (suppression.holds(item.externalRef.id)) {
      results[item.place] = new Suppressed(['input', String(item.place), 'externalRef']);
      return [];
    }
    if (!suppression.holds(item.row)) return [item];
    const row = Object.fromEntries(Object.entries(item.row).map(([column, value]) => [column, typeof value === 'string' ? suppression.without(value) : value]));
    for (const part of ['owner', 'csm', 'csm_manager']) if (suppression.holds(item.row[`${part}_email`])) row[`${part}_name`] = row[`${part}_email`] = null;
    return [{ ...item, row, suppressed: true }];
  });
  countSuppressed(work, 'account', checked.length - kept.length + kept.filter(({ suppressed }) => suppressed).length);
  return kept;
}

const stubs = statement<{ id: Id<'Account'> }>(
  'insert_stub_accounts',
  `with given as (select * from unnest($2::uuid[], $3::text[]) as s(id, name)),
   identified as (insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at) select $1, id, 'Account', id, $4 from given order by id on conflict do nothing)
   insert into account (tenant_id, id, name, is_stub, occurred_at, recorded_at)
   select $1, id, name, true, $4, $4 from given order by id
   on conflict do nothing returning id`,
);

/** The accounts that references stand for; one never heard of becomes a stub that carries its external id as a name. */
export async function accountsOrStubs(work: Work, refs: readonly ExternalRefInput[]): Promise<Id<'Account'>[]> {
  const ids = await claimExternalRefs<'Account'>(work, 'Account', refs);
  const made = await work.rows(stubs, [work.tenantId, ids, refs.map((ref) => ref.id), work.now]);
  for (const { id } of made) work.record(accountChanged.fact({ accountId: id, data: { accountId: id, what: 'account', ids: [id] } }));
  return ids;
}

function check(input: AccountInput, place: number): Checked {
  const path = ['input', String(place)];
  const short = (value: string | null | undefined, field: string): string | null => (value === null || value === undefined ? null : checkText(value, [...path, field], 500));
  if (input.name.trim() === '') throw new InvalidInput('An account must have a name.', [...path, 'name']);
  if (input.revenue) checkMoney(input.revenue, [...path, 'revenue']);
  const row = {
    name: short(input.name, 'name'),
    is_stub: false,
    industry: short(input.industry, 'industry'),
    region: short(input.region, 'region'),
    website: short(input.website, 'website'),
    employee_count: between(input.employeeCount, 0, 2_147_483_647, [...path, 'employeeCount']),
    status: input.status ?? 'ACTIVE',
    tier: short(input.tier, 'tier'),
    revenue_minor: input.revenue?.amountMinor ?? null,
    revenue_currency: input.revenue?.currency ?? null,
    ...person('owner', input.owner, path),
    ...person('csm', input.csm, path),
    ...person('csm_manager', input.csmManager, path),
    lifecycle_stage: input.lifecycleStage ?? null,
    onboarding_status: short(input.onboardingStatus, 'onboardingStatus'),
    last_qbr_on: input.lastQbrOn ?? null,
    next_qbr_on: input.nextQbrOn ?? null,
    renewal_on: input.renewalOn ?? null,
    engagement_score: between(input.engagementScore, 0, 100, [...path, 'engagementScore']),
    primary_champion_id: contactId(input.primaryChampionId, [...path, 'primaryChampionId']),
    champion_status: short(input.championStatus, 'championStatus'),
    stakeholder_count: between(input.stakeholderCount, 0, 1_000_000, [...path, 'stakeholderCount']),
    occurred_at: input.occurredAt ?? null,
  };
  return { place, externalRef: checkExternalRef(input.externalRef, [...path, 'externalRef']), row, suppressed: false };
}

function between(value: number | null | undefined, min: number, max: number, path: readonly string[]): number | null {
  if (value === null || value === undefined) return null;
  if (!(value >= min && value <= max)) throw new InvalidInput(`This number must be between ${min} and ${max}; it is ${value}.`, path);
  return value;
}

function person(column: string, given: PersonInput | null | undefined, path: readonly string[]): Record<string, string | null> {
  const name = given ? checkText(given.name, [...path, column, 'name'], 500) : null;
  const email = given?.email ? checkText(given.email, [...path, column, 'email'], 320) : null;
  return { [`${column}_name`]: name, [`${column}_email`]: email };
}

function contactId(globalId: string | null | undefined, path: readonly string[]): string | null {
  if (globalId === null || globalId === undefined) return null;
  const parsed = parseGlobalId(globalId, path);
  if (parsed?.type !== 'Contact') throw new InvalidInput('This must be the id of a Contact.', path);
  return parsed.id;
}
