import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { defineEvent } from '../../platform/events/event.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { knownSources, manualSource, precedenceRules, type PrecedenceRule } from '../sources/index.ts';
import { accountKind } from './account-fields.ts';
import { lockAccounts } from './lock-accounts.ts';
import { reprojectAccounts } from './project-accounts.ts';
import { projectRecords } from './project-records.ts';
import { accountRecords } from './records.ts';
import { loadStates } from './state-nodes.ts';

/** A tenant's precedence policy was published. */
export const precedencePolicyPublished = defineEvent('precedence_policy.published', 1, 'A new version of the precedence policy is in force: which source wins where several state a field.', z.strictObject({ version: z.int() }));

/** The name of the job that applies a new policy to what is known. */
export const reprojectTask = 'reproject-tenant';

const lockPolicies = statement('lock_precedence_policies', `select pg_advisory_xact_lock(hashtextextended('precedence_policy:' || $1, 0))`);
const nextVersion = statement<{ version: number }>('next_precedence_version', 'select coalesce(max(version), 0) + 1 as version from precedence_policy where tenant_id = $1');
const insert = statement('insert_precedence_policy', 'insert into precedence_policy (tenant_id, version, rules, published_at, published_by) values ($1, $2, $3, $4, $5)');
const sourcesSeen = statement<{ source: string }>(
  'sources_seen',
  `select s.source from unnest($2::text[]) s(source) where exists (select from external_ref r where r.tenant_id = $1 and r.system = s.source)
     or exists (select from source_statement t where t.tenant_id = $1 and t.source = s.source)`,
);

/** Puts a new version of the policy in force; a job applies it to what is known. Returns the version. */
export async function publishPrecedencePolicy(work: Work, given: readonly PrecedenceRule[]): Promise<number> {
  const parsed = precedenceRules.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidInput(`${issue?.message ?? 'The rules are not well formed'}.`, ['input', 'rules', ...(issue?.path.map(String) ?? [])]);
  }
  const rules = parsed.data;
  for (const [place, rule] of rules.entries()) checkRule(rule, ['input', 'rules', String(place)]);
  await refuseUnknownSources(work, rules);
  await work.rows(lockPolicies, [work.tenantId]);
  const [next] = await work.rows(nextVersion, [work.tenantId]);
  const version = next?.version ?? 1;
  await work.rows(insert, [work.tenantId, version, JSON.stringify(rules), work.now, work.actor.id]);
  work.record(precedencePolicyPublished.fact({ accountId: null, data: { version } }));
  await schedule(work, { task: reprojectTask, payload: { tenantId: work.tenantId, requestId: work.requestId }, key: `${reprojectTask}:${work.tenantId}` });
  return version;
}

const kinds = new Map([accountKind, ...accountRecords].map(({ type, fields }) => [type, new Set(fields.keys())]));

function checkRule({ kind, fields, tiers }: PrecedenceRule, path: readonly string[]): void {
  const own = kinds.get(kind);
  if (kind !== '*' && !own) throw new InvalidInput(`kind must be *, Account or a kind of record such as Opportunity; it is ${kind}.`, [...path, 'kind']);
  for (const [place, field] of (fields ?? []).entries()) {
    const exists = own ? own.has(field) : [...kinds.values()].some((names) => names.has(field));
    if (!exists) throw new InvalidInput(`${kind === '*' ? 'No kind' : kind} has a field ${field} that sources state.`, [...path, 'fields', String(place)]);
  }
  const named = tiers.flat();
  const twice = named.find((source, index) => named.indexOf(source) !== index);
  if (twice !== undefined) throw new InvalidInput(`${twice} is in two tiers. Name each source once.`, [...path, 'tiers']);
  if (named.includes(manualSource)) throw new InvalidInput('manual must not be in a tier: what a person states always wins.', [...path, 'tiers']);
}

/** A source is known by the product, or by what it delivered to the tenant. */
async function refuseUnknownSources(work: Work, rules: readonly PrecedenceRule[]): Promise<void> {
  const doubtful = [...new Set(rules.flatMap(({ tiers }) => tiers.flat()))].filter((source) => !knownSources.has(source));
  if (doubtful.length === 0) return;
  const seen = new Set((await work.rows(sourcesSeen, [work.tenantId, doubtful])).map(({ source }) => source));
  for (const [place, { tiers }] of rules.entries()) {
    const unknown = tiers.flat().find((source) => doubtful.includes(source) && !seen.has(source));
    if (unknown !== undefined) throw new InvalidInput(`No source ${unknown} is known. Check its name, or publish the policy once it has delivered something.`, ['input', 'rules', String(place), 'tiers']);
  }
}

/** The most nodes of one transaction. */
const atATime = 500;
const disputed = statement<{ nodeType: string; nodeId: string; accountIds: Id<'Account'>[] | null }>(
  'disputed_nodes',
  `select node_type as "nodeType", node_id as "nodeId", array_agg(distinct account_id) filter (where account_id is not null) as "accountIds" from source_statement
   where tenant_id = $1 and node_id > $2 and is_current group by node_type, node_id having count(distinct source) > 1 or exists (select from node_identity i where i.tenant_id = $1 and i.id = node_id and i.survivor_id <> i.id)
   order by node_id limit ${atATime}`,
);

/** Applies the policy in force to the next nodes that several sources state. Returns the last one, to go on from; null when none is left. */
export async function reprojectNext(work: Work, seal: Seal, after: string | null): Promise<string | null> {
  const rows = await work.rows(disputed, [work.tenantId, after ?? '00000000-0000-0000-0000-000000000000']);
  const byType = Map.groupBy(rows, ({ nodeType }) => nodeType);
  await lockAccounts(work, rows.flatMap(({ nodeType, nodeId, accountIds }) => (nodeType === 'Account' ? [nodeId as Id<'Account'>] : (accountIds ?? []))));
  const accounts = byType.get('Account');
  if (accounts) await reprojectAccounts(work, seal, accounts.map(({ nodeId }) => nodeId as Id<'Account'>));
  for (const record of accountRecords) {
    const own = byType.get(record.type);
    if (own) await projectRecords(work, seal, record, await loadStates(work, seal, record, own.map(({ nodeId }) => nodeId)));
  }
  return rows.at(-1)?.nodeId ?? null;
}
