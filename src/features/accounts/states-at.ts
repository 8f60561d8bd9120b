import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import type { Moment } from '../../platform/moment.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { foldStatements, precedenceInForce, statementsAt, type GroupAt, type PublishedPrecedence, type StatedScope } from '../sources/index.ts';
import { accountKind } from './account-fields.ts';
import { rulesOf, type NodeState } from './state-nodes.ts';
import { openStatement, type StatedKind } from './stated-kind.ts';

/** The state of a node at a moment of two times. */
export interface StateAt extends NodeState {
  /** The account that a record counts for by what was known; null for accounts. */
  readonly accountRoot: string | null;
  /** When it was identified, or null for a kind without identities. */
  readonly identifiedAt: string | null;
  /** The latest instant at which something in it was learnt; null where nothing was stated. */
  readonly recordedAt: string | null;
}

const precedenceAt: Question<'in_force', PublishedPrecedence> = {
  name: 'precedence_in_force',
  async load(call, keys, asOf) {
    const precedence = await precedenceInForce(call.read, call.tenantId, asOf);
    return keys.map(() => precedence);
  },
};

/** The states of nodes at a moment of two times, by the node that they were one with; one statement, and one for the rules of a request. */
export async function statesAt(call: Call, kind: StatedKind, moment: Moment, scope: StatedScope): Promise<StateAt[]> {
  const precedence = await ask(call, precedenceAt, moment, 'in_force');
  const rules = rulesOf(kind, precedence);
  const groups = await statementsAt(call.read, call.tenantId, kind.type, moment, scope);
  return groups.map(({ rootId, memberIds, identifiedAt, statements }: GroupAt) => {
    const opened = statements.map((stored) => openStatement(kind, stored, call.seal));
    const keys = new Map(statements.flatMap(({ subjectId, wrappedKey }) => (subjectId && wrappedKey ? [[subjectId, call.seal.unwrap(wrappedKey)] as const] : [])));
    const folded = foldStatements(opened, rules);
    const owner = folded.accountId;
    return {
      rootId,
      memberIds,
      identifiedAt,
      statements: opened,
      keys,
      rules,
      folded,
      accountRoot: statements.find(({ accountId }) => accountId === owner)?.accountRoot ?? owner,
      recordedAt: opened.reduce<string | null>((latest, { recordedAt }) => (latest === null || recordedAt > latest ? recordedAt : latest), null),
    };
  });
}

const namedBy = statement<{ id: string }>(
  'accounts_named_by',
  `select a.id from unnest($2::uuid[]) a(id) where
     exists (select from source_statement s where s.tenant_id = $1 and s.account_id = a.id and s.is_current and s.recorded_at <= $3 and s.occurred_at <= $4)
     or exists (select from source_statement s where s.tenant_id = $1 and s.account_id = a.id and not s.is_current and s.account_id is not null and s.recorded_at <= $3 and s.occurred_at <= $4)
     or exists (select from signal_as_of($3) s where s.tenant_id = $1 and s.account_id = a.id and s.occurred_at <= $4)`,
);

/** The states of accounts that were there: something was stated of them, or a record or signal had named them. */
export async function accountStatesAt(call: Call, moment: Moment, scope: StatedScope): Promise<StateAt[]> {
  const states = await statesAt(call, accountKind, moment, scope);
  const at = Date.parse(moment.at);
  const isThere = ({ statements, identifiedAt }: StateAt): boolean => statements.length > 0 || (identifiedAt !== null && Date.parse(identifiedAt) <= at);
  const unsure = states.filter((state) => state.identifiedAt !== null && !isThere(state));
  if (unsure.length === 0) return states.filter(isThere);
  const rows = await call.read.rows(namedBy, [call.tenantId, unsure.flatMap(({ memberIds }) => memberIds), moment.knownAt, moment.at]);
  const named = new Set(rows.map(({ id }) => id));
  return states.filter((state) => isThere(state) || state.memberIds.some((id) => named.has(id)));
}

/** An account at a moment of two times, by its id or that of one that was merged into it; null where there was none. */
export const accountStateAt: Question<string, StateAt | null> = {
  name: 'account_states_at',
  async load(call, ids, asOf) {
    if (asOf === null) throw new Error('the present is no state of two times');
    const states = await accountStatesAt(call, asOf, { nodeIds: ids });
    const byMember = new Map(states.flatMap((state) => state.memberIds.map((id) => [id, state] as const)));
    return ids.map((id) => byMember.get(id) ?? null);
  },
};
