import type { RecordInput } from '../../accounts/index.ts';
import { InvalidInput } from '../../../platform/errors.ts';
import { minorUnits } from '../minor-units.ts';
import type { IgnoredItem, Reading, ReadRecord } from '../reading.ts';
import { readInstant, shortened } from '../vendor-values.ts';
import { pastValues, valueOf, type FetchedObject } from './fetched-object.ts';
import { hubspotRef, type ObjectPlace } from './read-company.ts';

/** A stage of a pipeline. */
export interface DealStage {
  readonly label: string;
  readonly closedAs: 'WON' | 'LOST' | null;
}

/** What a deal refers to. */
export interface DealContext {
  readonly companyId: string;
  /** Stages by their ids. */
  readonly stages: ReadonlyMap<string, DealStage>;
  /** The currency of amounts that name none; null: such amounts are not stated. */
  readonly currency: string | null;
}

const names = {
  'account.externalRef.id': 'associations', name: 'properties.dealname', stage: 'properties.dealstage', amount: 'properties.amount', 'amount.currency': 'properties.deal_currency_code', closeDate: 'properties.closedate', probability: 'properties.hs_deal_stage_probability',
  nextStep: 'properties.hs_next_step', occurredAt: 'properties.hs_lastmodifieddate',
};

/**
 * A deal of a company: what it is now, and each stage that it entered at the time at which it did, from which its signals
 * follow. Reports name the company: those of a deal that moved differ, so that not the first to arrive decides whose the signals are.
 */
export function readDeal(deal: FetchedObject, { at, path }: ObjectPlace, context: DealContext): Partial<Reading> {
  const ids = { account: { externalRef: hubspotRef(context.companyId) }, externalRef: hubspotRef(deal.id) };
  const about = { mode: 'PATCH' as const, source: 'hubspot' };
  const entered = pastValues(deal, 'dealstage').filter(({ value }) => value !== null);
  const current = valueOf(deal, 'dealstage');
  // Without its past, the stage is only known to be what it is now.
  const stages = entered.length === 0 && current !== null ? [{ value: current, at }] : entered;
  const { amount, ignored } = amountOf(deal, context.currency, path);
  const input: RecordInput = { ...ids, ...named(deal), ...amount, closeDate: closeDateOf(deal), probability: probabilityOf(deal), nextStep: longText(valueOf(deal, 'hs_next_step')), ...about, occurredAt: at };
  return {
    records: [...stages.map(({ value, at: since }): ReadRecord => {
      const { label, closedAs } = context.stages.get(value ?? '') ?? { label: value ?? '', closedAs: null };
      return { plural: 'opportunities', input: { ...ids, stage: shortened(label, 500), stageSince: entered.length === 0 ? undefined : since, ...about, occurredAt: since }, report: { payload: { id: deal.id, companyId: context.companyId, dealstage: value, label, enteredAt: since }, closedAs }, path, names };
    }), { plural: 'opportunities', input, path, names }],
    ignored,
  };
}

function named(deal: FetchedObject): { readonly name?: string } {
  const name = valueOf(deal, 'dealname');
  return name === null ? {} : { name: shortened(name, 500) };
}

/** An amount means nothing without its currency. One that its currency cannot have is said to be so; the rest of the deal is stated. */
function amountOf(deal: FetchedObject, standard: string | null, path: readonly string[]): { readonly amount: object; readonly ignored: readonly IgnoredItem[] } {
  const [digits, currency] = [valueOf(deal, 'amount'), valueOf(deal, 'deal_currency_code') ?? standard];
  if (digits === null) return { amount: { amount: null }, ignored: [] };
  if (currency === null) return { amount: {}, ignored: [] };
  try {
    return { amount: { amount: { amountMinor: minorUnits(digits, currency, ['properties', 'amount']), currency } }, ignored: [] };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { amount: {}, ignored: [{ reason: 'UNREADABLE', message: error.message, path: [...path, ...error.inputPath] }] };
  }
}

/** HubSpot writes the day as an instant, UTC. */
const closeDateOf = (deal: FetchedObject): string | null => readInstant(valueOf(deal, 'closedate'), ['properties', 'closedate'])?.slice(0, 10) ?? null;

function probabilityOf(deal: FetchedObject): number | null {
  const probability = Number(valueOf(deal, 'hs_deal_stage_probability') ?? Number.NaN);
  return probability >= 0 && probability <= 1 ? probability : null;
}

const longText = (value: string | null): string | null => value && shortened(value, 10_000);
