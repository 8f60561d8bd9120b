import { LRUCache } from 'lru-cache';
import type { AsOf } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { readAtTwoTimes } from '../../platform/postgres/tables-at.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { defaultPrecedence, precedenceRules, type Precedence } from './precedence.ts';

/** A version of a tenant's rules, and who put it in force when; null for the defaults. */
export interface PublishedPrecedence extends Precedence {
  readonly publishedAt: string | null;
  readonly publishedBy: string | null;
}

interface Row {
  readonly version: number;
  readonly rules: unknown;
  readonly publishedAt: string;
  readonly publishedBy: string;
}

const inForce = datedStatement<Row>(
  'precedence_in_force',
  1,
  (table) => `select version, rules, published_at as "publishedAt", published_by as "publishedBy" from ${table(readAtTwoTimes('precedence_policy', 'KNOWN'))} where tenant_id = $1 order by version desc limit 1`,
);
const defaults: PublishedPrecedence = { ...defaultPrecedence, publishedAt: null, publishedBy: null };

// A version never changes; parsed once, it is the same object everywhere.
const parsed = new LRUCache<string, PublishedPrecedence>({ max: 1_000 });

/** The tenant's rules in force; the defaults where it published none. One statement. */
export async function precedenceInForce(sql: Sql, tenantId: string, asOf: AsOf = null): Promise<PublishedPrecedence> {
  const [row] = await sql.rows(inForce(asOf), inForce.values([tenantId], asOf));
  return row ? parse(tenantId, row) : defaults;
}

const atInstants = statement<Row & { readonly place: number }>(
  'precedence_at_instants',
  `select a.place, p.* from unnest($2::timestamptz[]) with ordinality a(at, place) cross join lateral (
     select version, rules, published_at as "publishedAt", published_by as "publishedBy" from precedence_policy where tenant_id = $1 and published_at <= a.at order by version desc limit 1) p`,
);

/** The rules that were in force at each of some instants, in their order. One statement. */
export async function precedencesAt(sql: Sql, tenantId: string, instants: readonly string[]): Promise<PublishedPrecedence[]> {
  const found = new Map((await sql.rows(atInstants, [tenantId, instants])).map(({ place, ...row }) => [place, parse(tenantId, row)]));
  return instants.map((_instant, index) => found.get(index + 1) ?? defaults);
}

/** The rules of a version; null for the defaults. No statement where the version was read before: it never changes. */
export async function precedenceOfVersion(sql: Sql, tenantId: string, version: number | null): Promise<PublishedPrecedence> {
  return version === null ? defaults : (parsed.get(`${tenantId}:${version}`) ?? precedenceInForce(sql, tenantId));
}

function parse(tenantId: string, row: Row): PublishedPrecedence {
  const key = `${tenantId}:${row.version}`;
  const known = parsed.get(key);
  if (known && known.publishedAt === row.publishedAt) return known;
  const policy = Object.freeze({ version: row.version, rules: precedenceRules.parse(row.rules), publishedAt: row.publishedAt, publishedBy: row.publishedBy });
  parsed.set(key, policy);
  return policy;
}
