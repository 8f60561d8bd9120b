import { InvalidInput } from '../../platform/errors.ts';
import type { Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { parseItemId } from '../../platform/ids.ts';
import { readList, type ListArgs, type ListSource } from '../../platform/page/list.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { CandidateRow, MatchCandidateFilter } from './candidate.type.ts';

const columns = `t.id as uuid, t.kind, t.left_id as "leftId", t.right_id as "rightId", t.status, t.confidence, t.rules, t.proposed_at as "proposedAt", t.decided_at as "decidedAt",
  case when t.decided_by_id is not null then json_build_object('id', t.decided_by_id, 'kind', t.decided_by_kind) end as "decidedBy", t.policy_version as "policyVersion"`;

const list: ListSource<MatchCandidateFilter> = {
  name: 'match_candidates',
  // Pairs that were merged without having been proposed are memory, and no candidates.
  table: '(select * from match_candidate where proposed_at is not null)',
  columns,
  orders: { PROPOSED_AT: { by: 't.proposed_at', type: 'timestamptz' }, CONFIDENCE: { by: 't.confidence', type: 'float8' } },
  filters: {
    statuses: (values, bind) => `t.status = any(${bind(values, 'text[]')})`,
    kinds: (values, bind) => `t.kind = any(${bind(values, 'text[]')})`,
    rules: (values, bind) => `t.rules && ${bind(values, 'text[]')}`,
    minConfidence: (value, bind) => `t.confidence >= ${bind(value, 'float8')}`,
    nodeId(value, bind) {
      const node = bind(parseItemId(value)?.id ?? null, 'uuid');
      return `(t.left_id = ${node} or t.right_id = ${node})`;
    },
  },
  defaultOrder: { field: 'PROPOSED_AT', direction: OrderDirection.DESC },
};

/** A page of the tenant's candidates. */
export async function candidatesOfTenant(call: Call, args: ListArgs<MatchCandidateFilter>): Promise<Page<CandidateRow>> {
  for (const field of ['statuses', 'kinds', 'rules'] as const) if (args.filter?.[field]?.length === 0) throw new InvalidInput(`${field} must not be empty. Leave it out to list all.`, ['filter', field]);
  const least = args.filter?.minConfidence ?? 0;
  if (!(least >= 0 && least <= 1)) throw new InvalidInput('minConfidence must be between 0 and 1.', ['filter', 'minConfidence']);
  const page = await readList<CandidateRow, MatchCandidateFilter>(call, list, args, null);
  for (const { node } of page.edges) asNode('MatchCandidate', node, null);
  return page;
}

const byIds = statement<CandidateRow>('match_candidates_by_id', `select ${columns} from match_candidate t where t.tenant_id = $1 and t.id = any($2::uuid[]) and t.proposed_at is not null`);

/** The candidate of an id; null where the tenant has none. */
export const candidateById: Question<string, CandidateRow | null> = {
  name: 'match_candidates_by_id',
  async load(call, ids) {
    const found = new Map((await call.read.rows(byIds, [call.tenantId, ids])).map((row) => [row.uuid, asNode('MatchCandidate', row, null)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
