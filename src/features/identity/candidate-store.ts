import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { MatchKindName, MatchRuleName } from './match-rules.ts';
import type { Pair } from './propose-pairs.ts';

/** How far a candidate has come. */
export type CandidateStatus = 'OPEN' | 'CONFIRMED' | 'REJECTED' | 'MERGED' | 'WITHDRAWN';

/** A pair as it is stored, with the nodes that its two count for now. */
export interface StoredCandidate {
  readonly id: Id<'MatchCandidate'>;
  readonly kind: MatchKindName;
  readonly leftId: string;
  readonly rightId: string;
  readonly status: CandidateStatus;
  readonly confidence: number;
  readonly rules: readonly MatchRuleName[];
  readonly mergedAt: string | null;
  readonly leftSurvivor: string;
  readonly rightSurvivor: string;
}

const lock = statement('lock_matching', `select pg_advisory_xact_lock(hashtextextended('matching ' || $1, 0))`);

/** Lets one transaction at a time match the nodes of a tenant: what is proposed depends on all that is known, not on who reads first. Taken before any account is locked. */
export async function lockMatching(work: Work): Promise<void> {
  await work.rows(lock, [work.tenantId]);
  await work.moveOn();
}

const columns = `c.id, c.kind, c.left_id as "leftId", c.right_id as "rightId", c.status, c.confidence, c.rules, c.merged_at as "mergedAt",
     coalesce(l.survivor_id, c.left_id) as "leftSurvivor", coalesce(r.survivor_id, c.right_id) as "rightSurvivor"`;
const survivors = `left join node_identity l on l.tenant_id = c.tenant_id and l.id = c.left_id left join node_identity r on r.tenant_id = c.tenant_id and r.id = c.right_id`;
const ofNodes = statement<StoredCandidate>(
  'match_candidates_of_nodes',
  `with own as materialized (
     select id from unnest($2::uuid[]) as o(id)
     union select id from node_identity where tenant_id = $1 and survivor_id = any($2::uuid[]) and survivor_id <> id
   ), found as materialized (
     select id from match_candidate where tenant_id = $1 and left_id = any(array(select id from own))
     union select id from match_candidate where tenant_id = $1 and right_id = any(array(select id from own)))
   select ${columns} from found f join match_candidate c on c.tenant_id = $1 and c.id = f.id ${survivors}`,
);

/** Every candidate of some nodes and of those that were merged into them; one statement. */
export const candidatesOfNodes = (work: Work, ids: readonly string[]): Promise<StoredCandidate[]> => work.rows(ofNodes, [work.tenantId, ids]);

const byId = statement<StoredCandidate>('match_candidate_to_decide', `select ${columns} from match_candidate c ${survivors} where c.tenant_id = $1 and c.id = $2`);

/** The candidate of an id. */
export async function candidateOf(work: Work, id: string): Promise<StoredCandidate | undefined> {
  return (await work.rows(byId, [work.tenantId, id]))[0];
}

/** A pair to propose. */
export interface Proposal {
  readonly kind: MatchKindName;
  readonly pair: Pair;
  readonly rules: readonly MatchRuleName[];
  readonly confidence: number;
}

const open = statement<{ id: string; opened: boolean }>(
  'open_match_candidates',
  `with given as (select * from jsonb_to_recordset($2::jsonb) as g(id uuid, kind text, left_id uuid, right_id uuid, confidence double precision, rules text[]))
   insert into match_candidate as held (tenant_id, id, kind, left_id, right_id, status, confidence, rules, proposed_at)
   select $1, id, kind, left_id, right_id, 'OPEN', confidence, rules, $3 from given order by left_id, right_id
   on conflict (tenant_id, left_id, right_id) do update set status = 'OPEN', confidence = excluded.confidence, rules = excluded.rules,
     proposed_at = case when held.status = 'OPEN' then held.proposed_at else excluded.proposed_at end
   where held.status in ('OPEN', 'WITHDRAWN')
   returning new.id, old.status is distinct from 'OPEN' as opened`,
);

/** Proposes pairs, and brings the evidence of those that are open up to date. Returns those that are newly open. */
export async function openCandidates(work: Work, proposals: readonly Proposal[]): Promise<string[]> {
  if (proposals.length === 0) return [];
  const rows = proposals.map(({ kind, pair: [left_id, right_id], rules, confidence }) => ({ id: work.newId(), kind, left_id, right_id, confidence, rules }));
  return (await work.rows(open, [work.tenantId, JSON.stringify(rows), work.now])).flatMap(({ id, opened }) => (opened ? [id] : []));
}

const close = statement(
  'close_match_candidates',
  `update match_candidate c set status = g.status, merged_at = case when g.status = 'MERGED' then $4 else c.merged_at end, decided_at = case when g.status = 'REJECTED' then $4 else c.decided_at end
   from unnest($2::uuid[], $3::text[]) as g(id, status) where c.tenant_id = $1 and c.id = g.id`,
);

/** Ends candidates without a decision about them: their evidence is gone, their nodes are one, or are two again. */
export async function closeCandidates(work: Work, ended: readonly { readonly id: string; readonly status: CandidateStatus }[]): Promise<void> {
  if (ended.length > 0) await work.rows(close, [work.tenantId, ended.map(({ id }) => id), ended.map(({ status }) => status), work.now]);
}

const remember = statement(
  'remember_merged_pairs',
  `insert into match_candidate (tenant_id, id, kind, left_id, right_id, status, confidence, rules, merged_at)
   select $1, id, kind, left_id, right_id, 'MERGED', 1, '{}', $6 from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[]) as g(id, kind, left_id, right_id)
   on conflict (tenant_id, left_id, right_id) do update set status = 'MERGED', merged_at = excluded.merged_at`,
);

/** Remembers pairs that were merged, also those that were never proposed, so that they are not proposed once the merge is undone. */
export async function rememberMerged(work: Work, kind: MatchKindName, pairs: readonly Pair[]): Promise<void> {
  const own = [...new Map(pairs.map((pair) => [pair.join(), pair])).values()];
  if (own.length > 0) await work.rows(remember, [work.tenantId, own.map(() => work.newId()), own.map(() => kind), own.map(([left]) => left), own.map(([, right]) => right), work.now]);
}

const decide = statement(
  'decide_match_candidate',
  `update match_candidate set status = $3, decided_at = $4, decided_by_kind = $5, decided_by_id = $6, policy_version = $7, merged_at = case when $3 = 'MERGED' then $4 else merged_at end where tenant_id = $1 and id = $2`,
);

/** Writes who decided a candidate, and how. */
export async function writeDecision(work: Work, id: string, status: CandidateStatus, policyVersion: number | null): Promise<void> {
  await work.rows(decide, [work.tenantId, id, status, work.now, work.actor.kind, work.actor.id, policyVersion]);
}
