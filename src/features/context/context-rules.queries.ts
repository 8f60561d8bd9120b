import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { staleBy } from '../../platform/cache/caches.ts';
import { ask, type AsOf, type Question } from '../../platform/graphql/call.ts';
import { cachedQuestion } from '../../platform/graphql/cached-question.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { TenantSql } from '../lineage/index.ts';
import { stageCataloguePublished } from '../stages/index.ts';
import { contextRuleForms, defaultContextRules, digestOfRules, type ContextRules, type ContextRuleSet } from './context-rules.ts';
import { contextRulesPublished } from './derived.events.ts';
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

const basisRow = z.strictObject({ catalogueVersion: z.int(), rules: z.array(z.strictObject({ kind: z.enum(ContextRuleKind), version: z.int(), parameters: z.unknown(), digest: z.string(), publishedAt: z.string() })) });
const basis = datedStatement<z.output<typeof basisRow>>('context_basis', 1, (table) => `select coalesce((select max(c.version) from ${table('stage_catalogue')} c where c.tenant_id = $1), 0) as "catalogueVersion",
  (select coalesce(json_agg(row), '[]'::json) from (select distinct on (t.kind) t.kind, t.version, t.parameters, t.digest, to_char(t.published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "publishedAt" from ${table('context_rules')} t where t.tenant_id = $1 order by t.kind, t.version desc) row) as rules`);

/** The stored rules and the version of the stage catalogue in force, under the one key there is; cached, so that a cached context asks nothing of the database. */
export const currentContextBasis = cachedQuestion<'in_force', z.output<typeof basisRow>>(
  { name: 'context_rules', seconds: 3_600, schema: basisRow, staleBy: [staleBy(contextRulesPublished, () => ['in_force']), staleBy(stageCataloguePublished, () => ['in_force'])] },
  {
    name: 'context_basis',
    async load(call, keys, asOf) {
      const [row = { catalogueVersion: 0, rules: [] }] = await call.read.rows(basis(asOf), basis.values([call.tenantId], asOf));
      return keys.map(() => row);
    },
  },
);

/** The rules in force, under the one key there is. */
export const currentContextRules: Question<'in_force', ContextRules> = {
  name: 'context_rules_in_force',
  async load(call, keys, asOf) {
    const { rules: rows } = await ask(call, currentContextBasis, asOf, 'in_force');
    const rules = rows.length === 0 ? programRules : { ...programRules, ...Object.fromEntries(rows.map((row) => [row.kind, toRuleSet(call.tenantId, row)])) };
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
