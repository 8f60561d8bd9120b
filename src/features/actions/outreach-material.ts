import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { LineageRef } from '../lineage/index.ts';
import { currentFieldsOf, definitionsOf, fieldLineage, openValue, statusAt } from '../profiles/index.ts';
import { modelInForce } from '../scoring/index.ts';
import { isInForce } from '../signals/index.ts';
import { contextFacts } from './context-facts.ts';
import { positionIn } from './position.ts';
import type { Recipient } from './recipient.ts';

/**
 * What a drafter is told. It leaves the house where a language model drafts, so it holds declared facts of the account and
 * nothing in which others wrote freely of people: signals by the type that the scoring model declares and their day, never
 * what they carry; positions, never names; of profile fields those that are declared and not personal.
 */
export interface OutreachMaterial extends Record<string, unknown> {
  readonly account: { readonly name: string; readonly industry: string | null; readonly status: string; readonly tier: string | null; readonly lifecycleStage: string | null };
  readonly recipient: { readonly title: string | null; readonly role: string | null };
  readonly score: number;
  readonly signals: readonly { readonly type: string; readonly day: string; readonly times: number }[];
  readonly opportunities: readonly { readonly stage: string; readonly amountMinor: number | null; readonly currency: string | null; readonly closeDate: string | null }[];
  readonly fields: readonly { readonly name: string; readonly value: unknown }[];
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

/** Gathers what a drafter is told, and the nodes it comes from, beside the score that knows its signals. */
export async function outreachMaterial(
  work: Work,
  seal: Seal,
  { accountId, score, recipient }: { readonly accountId: Id<'Account'>; readonly score: number; readonly recipient: Recipient },
): Promise<{ material: OutreachMaterial; sources: LineageRef[] }> {
  const { account, opportunities } = await contextFacts(work, accountId);
  const [row] = await work.rows(industryOf, [work.tenantId, accountId]);
  const { signalTypes } = await modelInForce(work, work.tenantId);
  const signals = await work.rows(latestSignals, [work.tenantId, accountId, signalTypes.map(({ type }) => type)]);
  const stored = (await currentFieldsOf(work, work.tenantId, [accountId])).get(accountId) ?? [];
  const definitions = await definitionsOf(work, work.tenantId, stored.map(({ name }) => name));
  const told = stored
    .filter((field) => statusAt(field, Date.parse(work.now)) === 'ACTIVE' && field.validationState !== 'INVALID' && definitions.has(field.name) && !definitions.get(field.name)?.some(({ isPii }) => isPii))
    .slice(0, mostFields)
    .flatMap((field) => {
      const value = openValue(seal, field);
      return value === undefined ? [] : [{ id: field.uuid, name: field.name, value }];
    });
  return {
    material: {
      account: { ...account, industry: row?.industry ?? null },
      recipient: { title: positionIn(recipient.title), role: positionIn(recipient.role) },
      score,
      signals,
      opportunities: opportunities.map(({ stage, amountMinor, currency, closeDate }) => ({ stage, amountMinor, currency, closeDate })),
      fields: told.map(({ name, value }) => ({ name, value })),
    },
    sources: told.map(({ id }) => fieldLineage.ref(id)),
  };
}
