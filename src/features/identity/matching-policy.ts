import { InvalidInput } from '../../platform/errors.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { matchingPolicyPublished } from './match.events.ts';
import { defaultProposeFrom, defaultRules, mayAutoMerge, type MatchRuleName, type RuleSetting } from './match-rules.ts';

/** How a tenant's nodes are matched. A version never changes. */
export interface MatchingPolicy {
  /** 0: the program's defaults. */
  readonly version: number;
  readonly proposeFrom: number;
  /** Every rule, in their fixed order. */
  readonly rules: readonly RuleSetting[];
  readonly publishedAt: string | null;
  readonly publishedBy: string | null;
}

type Stored = Omit<MatchingPolicy, 'rules'> & { readonly rules: Readonly<Partial<Record<MatchRuleName, Omit<RuleSetting, 'rule'>>>> };

const inForce = statement<Stored>(
  'matching_policy_in_force',
  `select version, propose_from as "proposeFrom", rules, published_at as "publishedAt", published_by as "publishedBy" from matching_policy where tenant_id = $1 order by version desc limit 1`,
);

/** The tenant's policy in force. */
export async function matchingPolicy(sql: Sql & { readonly tenantId: string }): Promise<MatchingPolicy> {
  const [row] = await sql.rows(inForce, [sql.tenantId]);
  if (!row) return { version: 0, proposeFrom: defaultProposeFrom, rules: defaultRules, publishedAt: null, publishedBy: null };
  return { ...row, rules: defaultRules.map((setting) => ({ ...setting, ...row.rules[setting.rule] })) };
}

/** What of a policy is to be different; what is left out stays. */
export interface MatchingPolicyChange {
  readonly proposeFrom?: number | null;
  readonly rules?: readonly RuleChange[] | null;
}

/** What of a rule is to be different; what is left out stays. */
export interface RuleChange {
  readonly rule: MatchRuleName;
  readonly enabled?: boolean | null;
  readonly confidence?: number | null;
  readonly autoMerge?: boolean | null;
}

// One policy after the other: without a row there is nothing else to lock.
const lock = statement('lock_matching_policy', `select pg_advisory_xact_lock(hashtextextended('matching_policy ' || $1, 0))`);
const insert = statement('insert_matching_policy', 'insert into matching_policy (tenant_id, version, propose_from, rules, published_at, published_by) values ($1, $2, $3, $4::jsonb, $5, $6)');

/** Publishes a new version of the policy and returns it. All nodes are matched again by it, shortly after. */
export async function publishMatchingPolicy(work: Work, change: MatchingPolicyChange): Promise<MatchingPolicy> {
  await work.rows(lock, [work.tenantId]);
  const present = await matchingPolicy(work);
  const changes = checkRules(change.rules ?? []);
  const rules = present.rules.map((setting) => changedRule(setting, changes.get(setting.rule)));
  const proposeFrom = checkShare(change.proposeFrom ?? present.proposeFrom, ['input', 'proposeFrom']);
  const version = present.version + 1;
  const stored = Object.fromEntries(rules.map(({ rule, ...setting }) => [rule, setting]));
  await work.rows(insert, [work.tenantId, version, proposeFrom, JSON.stringify(stored), work.now, work.actor.id]);
  work.record(matchingPolicyPublished.fact({ accountId: null, data: { version } }));
  return { version, proposeFrom, rules, publishedAt: work.now, publishedBy: work.actor.id };
}

interface PlacedChange {
  readonly change: RuleChange;
  readonly path: readonly string[];
}

function checkRules(given: readonly RuleChange[]): Map<MatchRuleName, PlacedChange> {
  const changes = new Map<MatchRuleName, PlacedChange>();
  for (const [index, change] of given.entries()) {
    const path = ['input', 'rules', String(index)];
    if (changes.has(change.rule)) throw new InvalidInput(`${change.rule} is listed twice.`, [...path, 'rule']);
    changes.set(change.rule, { change, path });
  }
  return changes;
}

function changedRule(setting: RuleSetting, placed: PlacedChange | undefined): RuleSetting {
  if (!placed) return setting;
  const { change, path } = placed;
  const autoMerge = change.autoMerge ?? setting.autoMerge;
  if (autoMerge && !mayAutoMerge.has(setting.rule)) throw new InvalidInput(`${setting.rule} is not certain enough to merge by itself. Only ${[...mayAutoMerge].join(', ')} are.`, [...path, 'autoMerge']);
  return { rule: setting.rule, enabled: change.enabled ?? setting.enabled, confidence: checkShare(change.confidence ?? setting.confidence, [...path, 'confidence']), autoMerge };
}

function checkShare(value: number, path: readonly string[]): number {
  if (!(value >= 0 && value <= 1)) throw new InvalidInput(`${path.at(-1)} must be between 0 and 1.`, path);
  return value;
}
