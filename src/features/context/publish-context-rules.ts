import { Conflict, InvalidInput } from '../../platform/errors.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { contextRuleForms, digestOfRules, type ContextRuleSet } from './context-rules.ts';
import { contextRulesInForce } from './context-rules.queries.ts';
import { contextRulesPublished } from './derived.events.ts';
import type { ContextRuleKind } from './enums.ts';
import { deriveTask } from './rederive.ts';

const lock = statement('lock_context_rules', `select pg_advisory_xact_lock(hashtextextended('context_rules:' || $1, 0))`);
const insert = statement('insert_context_rules', 'insert into context_rules (tenant_id, kind, version, parameters, digest, published_at, published_by) values ($1, $2, $3, $4, $5, $6, $7)');

/** A rule set that is to be in force. */
export interface RulesToPublish {
  readonly kind: ContextRuleKind;
  readonly parameters: unknown;
  /** The version that the caller changed; null: whichever is in force. */
  readonly basedOn: number | null;
  /** Its path in the caller's input. */
  readonly path: readonly string[];
}

/** Puts a new version of a rule set in force; a job derives every account's values again. Throws `Conflict` where `basedOn` is no longer in force. */
export async function publishContextRules(work: Work, { kind, parameters, basedOn, path }: RulesToPublish): Promise<ContextRuleSet> {
  const checked = contextRuleForms[kind].safeParse(parameters);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new InvalidInput(issue?.message ?? 'The rules cannot be taken.', [...path, ...(issue?.path.map(String) ?? [])]);
  }
  await work.rows(lock, [work.tenantId]);
  await work.moveOn();
  const present = (await contextRulesInForce(work, null))[kind];
  if (basedOn !== null && basedOn !== present.version) throw new Conflict(`Version ${present.version} is in force, not ${basedOn}. Read it, apply your change to it, and publish again.`, [...path.slice(0, -1), 'basedOn']);
  const [version, digest] = [present.version + 1, digestOfRules(checked.data)];
  await work.rows(insert, [work.tenantId, kind, version, JSON.stringify(checked.data), digest, work.now, work.actor.id]);
  work.record(contextRulesPublished.fact({ accountId: null, data: { kind, version, digest } }));
  await schedule(work, { task: deriveTask, payload: { tenantId: work.tenantId, requestId: work.requestId }, key: `${deriveTask}:${work.tenantId}` });
  return { kind, version, parameters: checked.data, digest, publishedAt: work.now };
}
