import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ContextRules } from './context-rules.ts';
import { contextRulesInForce } from './context-rules.queries.ts';
import { deriveValues, type DerivedValues } from './derived-values.ts';
import { readContextFacts } from './read-facts.ts';

/** Derives the values of an account as they are in this transaction; null where the account is not in use. */
export async function deriveInWork(work: Work, seal: Seal, accountId: string): Promise<{ readonly values: DerivedValues; readonly rules: ContextRules } | null> {
  const rules = await contextRulesInForce(work, null);
  const facts = (await readContextFacts(work, seal, { accountIds: [accountId], at: null, now: work.now })).get(accountId);
  return facts ? { values: deriveValues(facts, rules, work.now), rules } : null;
}
