import { LRUCache } from 'lru-cache';
import type { AsOf, Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { TenantSql } from '../lineage/index.ts';
import { contextRuleForms, defaultContextRules, digestOfRules, type ContextRules, type ContextRuleSet } from './context-rules.ts';
import { ContextRuleKind } from './enums.ts';

interface RulesRow {
  readonly kind: ContextRuleKind;
  readonly version: number;
  readonly parameters: unknown;
  readonly digest: string;
  readonly publishedAt: string;
}

/** Every kind of rule set. */
export const contextRuleKinds = Object.keys(ContextRuleKind) as readonly ContextRuleKind[];

const columns = 't.kind, t.version, t.parameters, t.digest, t.published_at as "publishedAt"';

function programsOwn<Kind extends ContextRuleKind>(kind: Kind): ContextRuleSet<Kind> {
  const parameters = defaultContextRules[kind];
  return Object.freeze({ kind, version: 0, parameters, digest: digestOfRules(parameters), publishedAt: null });
}

/** The program's own rules: version 0 of every kind. */
export const programRules = Object.freeze(Object.fromEntries(contextRuleKinds.map((kind) => [kind, programsOwn(kind)]))) as ContextRules;

// A version never changes; parsed once, it is the same object everywhere.
const parsed = new LRUCache<string, ContextRuleSet>({ max: 1_000 });

function toRuleSet(tenantId: string, { kind, version, parameters, digest, publishedAt }: RulesRow): ContextRuleSet {
  const key = `${tenantId}:${kind}:${version}:${digest}`;
  const known = parsed.get(key);
  if (known) return known;
  const made = Object.freeze({ kind, version, parameters: contextRuleForms[kind].parse(parameters), digest, publishedAt });
  parsed.set(key, made);
  return made;
}

const inForce = datedStatement<RulesRow>('context_rules_in_force', 1, (table) => `select distinct on (t.kind) ${columns} from ${table('context_rules')} t where t.tenant_id = $1 order by t.kind, t.version desc`);

/** The rules of a tenant in force, now or at an instant. One statement. */
export async function contextRulesInForce(sql: TenantSql, at: AsOf): Promise<ContextRules> {
  const rows = await sql.rows(inForce(at), inForce.values([sql.tenantId], at));
  if (rows.length === 0) return programRules;
  return { ...programRules, ...Object.fromEntries(rows.map((row) => [row.kind, toRuleSet(sql.tenantId, row)])) };
}

/** The rules in force, under the one key there is. */
export const currentContextRules: Question<'in_force', ContextRules> = {
  name: 'context_rules_in_force',
  async load(call, keys, asOf) {
    const rules = await contextRulesInForce(call.read, asOf);
    return keys.map(() => rules);
  },
};

const byVersion = statement<RulesRow>('context_rules_by_version', `select ${columns} from unnest($2::text[], $3::int[]) asked (kind, version) join context_rules t on t.tenant_id = $1 and t.kind = asked.kind and t.version = asked.version`);

/** A version of one kind of rule set; null where the tenant never had it. */
export const contextRuleVersion: Question<{ readonly kind: ContextRuleKind; readonly version: number }, ContextRuleSet | null> = {
  name: 'context_rules_by_version',
  identity: ({ kind, version }) => `${kind} ${version}`,
  async load(call, keys) {
    const rows = await call.read.rows(byVersion, [call.tenantId, keys.map(({ kind }) => kind), keys.map(({ version }) => version)]);
    const found = new Map(rows.map((row) => [`${row.kind} ${row.version}`, toRuleSet(call.tenantId, row)]));
    return keys.map(({ kind, version }) => found.get(`${kind} ${version}`) ?? (version === 0 ? programRules[kind] : null));
  },
};
