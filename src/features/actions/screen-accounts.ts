import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { scoreStandings } from '../scoring/index.ts';
import type { Considered } from './consider-account.ts';
import { endConsiderations, keepConsiderations, type Held, type Holding } from './consideration-store.ts';
import { closedGates } from './outreach-gates.ts';
import { heldOutreachPolicy } from './outreach-policy.ts';
import { accountsWithoutRecipient } from './recipient.ts';

/** An account to screen, and the request that led to it. */
export interface Screened {
  readonly accountId: Id<'Account'>;
  readonly requestId: string;
  /** Whether a crossing is to be traced even if intent fell since. */
  readonly isCrossing: boolean;
}

/** The most accounts that one transaction screens: it holds their locks. */
export const mostScreened = 100;

const plain = statement<{ id: Id<'Account'> }>(
  'accounts_without_program_actions',
  `select a.id from account a where a.tenant_id = $1 and a.id = any($2::uuid[])
     and not exists (select from action where tenant_id = $1 and account_id = a.id and status in ('PENDING', 'CLAIMED', 'APPROVED') and score_point_id is not null)`,
);

/**
 * Considers many accounts at once as far as a few statements for all of them decide: those whose intent is not high, and
 * those that a gate or the lack of a recipient holds back, where the program has no action under way. What it
 * decides is what `considerAccount` would. Returns what came of those; the others are missing, and are considered one by one.
 */
export async function screenAccounts(work: Work, asked: readonly Screened[]): Promise<ReadonlyMap<string, Considered>> {
  const outcomes = new Map<string, Considered>();
  if (asked.length === 0) return outcomes;
  const ids = asked.map(({ accountId }) => accountId);
  await lockAccounts(work, ids);
  const present = new Set((await work.rows(plain, [work.tenantId, ids])).map(({ id }) => id));
  const policy = await heldOutreachPolicy(work);
  const standings = await scoreStandings(work, ids, work.now);
  const screened = asked.filter(({ accountId }) => present.has(accountId));
  const isHigh = ({ accountId }: Screened): boolean => standings.get(accountId)?.band === 'HIGH';
  const fallen = screened.filter((one) => !isHigh(one) && !one.isCrossing);
  await endConsiderations(work, fallen, 'NOT_HIGH');
  for (const { accountId } of fallen) outcomes.set(accountId, 'NOT_HIGH');
  const high = screened.filter(isHigh);
  const gates = await closedGates(work, high.map(({ accountId }) => accountId), policy, { byProgram: true });
  const unreachable = await accountsWithoutRecipient(work, high.filter(({ accountId }) => gates.get(accountId) === null).map(({ accountId }) => accountId));
  const holdings = high.flatMap(({ accountId, requestId }): Holding[] => {
    const standing = standings.get(accountId);
    const held = heldBy(gates.get(accountId) ?? null, unreachable.get(accountId));
    if (!standing || !held) return [];
    return [{ on: { accountId, pointId: standing.pointId, policyVersion: policy.version, score: standing.value }, held, requestId }];
  });
  await keepConsiderations(work, holdings);
  for (const { on, held } of holdings) outcomes.set(on.accountId, held.reason);
  return outcomes;
}

function heldBy(gate: { readonly reason: Held['reason'] | 'ACCOUNT_RETIRED'; readonly details: Held['details'] } | null, unreachable: 'NO_CONTACT' | 'NO_CONSENT' | undefined): Held | null {
  if (gate) return gate.reason === 'ACCOUNT_RETIRED' ? null : { reason: gate.reason, details: gate.details, retryAt: null };
  if (unreachable === undefined) return null;
  return { reason: unreachable === 'NO_CONTACT' ? 'NO_RECIPIENT' : 'NO_CONSENT', details: {}, retryAt: null };
}
