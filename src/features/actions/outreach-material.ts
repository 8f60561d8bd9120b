import { valueWithoutChildren } from '../../platform/child-data.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { contactLineage, opportunityLineage } from '../accounts/index.ts';
import { trustInWork, type LineageRef } from '../lineage/index.ts';
import { isBelow, lowestOrigin, type OriginClass } from '../trust/index.ts';
import { currentFieldsOf, definitionsOf, fieldLineage, knownChildData, openValue, statusAt } from '../profiles/index.ts';
import { accountContextLineage, modelInForce, scorePointLineage, type ScoreStanding } from '../scoring/index.ts';
import type { OutreachPolicy } from './outreach-policy.ts';
import { isInForce } from '../signals/index.ts';
import { contextFacts } from './context-facts.ts';
import { positionIn } from './position.ts';
import type { Recipient } from './recipient.ts';

/**
 * What a drafter is told. It leaves the house where a language model drafts, so it holds declared facts of the account and
 * nothing in which others wrote freely of people: signals by the type that the scoring model declares and their day, never
 * what they carry; positions, never names; of profile fields those that are declared and not personal. Data of children is
 * in none of them, and known names of children are taken out of every text.
 */
export interface OutreachMaterial {
  readonly account: { readonly name: string; readonly industry: string | null; readonly status: string; readonly tier: string | null; readonly lifecycleStage: string | null };
  readonly recipient: { readonly title: string | null; readonly role: string | null };
  readonly score: number;
  readonly signals: readonly { readonly type: string; readonly day: string; readonly times: number }[];
  readonly opportunities: readonly { readonly stage: string; readonly amountMinor: number | null; readonly currency: string | null; readonly closeDate: string | null }[];
  readonly fields: readonly { readonly name: string; readonly value: unknown; readonly origin: OriginClass }[];
  /** The lowest origin class behind each other part. */
  readonly origins: { readonly [Part in 'account' | 'recipient' | 'score' | 'opportunities']: OriginClass };
}

interface LatestSignals {
  readonly type: string;
  readonly day: string;
  readonly times: number;
}

const industryOf = statement<{ industry: string | null }>('industry_of_account', 'select industry from account where tenant_id = $1 and id = $2');
const latestSignals = statement<LatestSignals>(
  'latest_signals_of_account',
  `select type, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as times
   from (select type, occurred_at from signal where tenant_id = $1 and account_id = $2 and ${isInForce('signal.id')} order by occurred_at desc, id desc limit 50) latest
   where type = any($3::text[]) group by 1, 2 order by 2 desc, 1 limit 10`,
);
const mostFields = 20;

/** Gathers what a drafter is told, and the nodes it comes from, beside the score that knows its signals. A field that the policy does not trust is left out. */
export async function outreachMaterial(
  work: Work,
  seal: Seal,
  { accountId, standing, recipient, policy }: { readonly accountId: Id<'Account'>; readonly standing: Pick<ScoreStanding, 'value' | 'pointId'>; readonly recipient: Recipient; readonly policy: Pick<OutreachPolicy, 'refuseBelow'> },
): Promise<{ material: OutreachMaterial; sources: LineageRef[] }> {
  const { account, opportunities } = await contextFacts(work, accountId);
  const [row] = await work.rows(industryOf, [work.tenantId, accountId]);
  const { signalTypes } = await modelInForce(work, work.tenantId);
  const signals = await work.rows(latestSignals, [work.tenantId, accountId, signalTypes.map(({ type }) => type)]);
  const stored = (await currentFieldsOf(work, work.tenantId, [accountId])).get(accountId) ?? [];
  const definitions = await definitionsOf(work, work.tenantId, stored.map(({ name }) => name));
  const children = await knownChildData(work, { tenantId: work.tenantId, seal, accountId });
  const told = stored
    .filter((field) => statusAt(field, Date.parse(work.now)) === 'ACTIVE' && field.validationState !== 'INVALID' && definitions.has(field.name) && !definitions.get(field.name)?.some(({ isPii }) => isPii) && !field.holdsChildData && !children.holds(field.name))
    .slice(0, mostFields)
    .flatMap((field) => {
      const value = openValue(seal, field);
      return value === undefined ? [] : [{ id: field.uuid, name: field.name, value }];
    });
  const nodes = [accountContextLineage.ref(accountId), contactLineage.ref(recipient.contactId), scorePointLineage.ref(standing.pointId), ...told.map(({ id }) => fieldLineage.ref(id)), ...opportunities.map(({ id }) => opportunityLineage.ref(id))];
  // Of what nobody stated nothing is known.
  const [ofAccount, ofRecipient, ofScore, ...others] = (await trustInWork(work, seal, nodes)).map(({ level }) => level ?? 'ANONYMOUS');
  const trusted = told.map((field, place) => ({ ...field, origin: others[place] ?? 'ANONYMOUS' })).filter(({ origin }) => !isBelow(origin, policy.refuseBelow));
  // No text that goes to a model tells of a child: a remark on a deal may name one.
  const clean = <Value>(value: Value): Value => valueWithoutChildren(value, children) as Value;
  return {
    material: {
      account: clean({ ...account, industry: row?.industry ?? null }),
      recipient: clean({ title: positionIn(recipient.title), role: positionIn(recipient.role) }),
      score: standing.value,
      signals,
      opportunities: clean(opportunities.map(({ stage, amountMinor, currency, closeDate }) => ({ stage, amountMinor, currency, closeDate }))),
      fields: trusted.map(({ name, value, origin }) => ({ name, value: clean(value), origin })),
      origins: { account: ofAccount ?? 'ANONYMOUS', recipient: ofRecipient ?? 'ANONYMOUS', score: ofScore ?? 'ANONYMOUS', opportunities: lowestOrigin(others.slice(told.length)) ?? 'SIGNED_SYSTEM' },
    },
    sources: trusted.map(({ id }) => fieldLineage.ref(id)),
  };
}
