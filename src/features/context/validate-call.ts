import { InvalidInput, ProductError } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { checkMoney, type Money, type MoneyInput } from '../../platform/graphql/money.ts';
import { Moment } from '../../platform/moment.ts';
import { accountById, noSuchAccount } from '../accounts/index.ts';
import { compareWithBaseline, type CallComparison } from './call-validation.ts';
import { currentContextRules } from './context-rules.queries.ts';
import { contextFactsOf } from './derived.queries.ts';
import { callValidated } from './derived.events.ts';
import { primaryDeal } from './primary-deal.ts';

/** A figure and the deal's amount are in different currencies. */
export class CurrencyMismatch extends ProductError {
  constructor(extracted: string, baseline: string) {
    super('BAD_USER_INPUT', `The deal's amount is in ${baseline} and extractedArr is in ${extracted}. Convert extractedArr to ${baseline} at the call's rate.`, ['input', 'extractedArr', 'currency']);
  }
}

/** A figure that was extracted from a call. */
export interface CallToValidate {
  /** The account's key. */
  readonly accountId: string;
  readonly extractedArr: MoneyInput;
  /** When the call took place; null: now. RFC 3339. */
  readonly callAt: string | null;
}

/** How a figure compares with the deal as it stood at the call. */
export interface ValidatedCall extends CallComparison {
  readonly baseline: Money | null;
  readonly factor: number;
  readonly dealId: string | null;
  readonly at: string;
  readonly ruleVersion: number;
}

/**
 * Validates a figure against the amount that the primary deal had at the call's time, according to what is known now: what
 * the CRM learned from the call does not count. Throws `NotFound`, `InvalidInput`, `CurrencyMismatch`.
 */
export async function validateCall(call: Call, { accountId, extractedArr, callAt }: CallToValidate): Promise<ValidatedCall> {
  checkMoney(extractedArr, ['input', 'extractedArr']);
  if (extractedArr.amountMinor < 0) throw new InvalidInput('amountMinor must not be negative.', ['input', 'extractedArr', 'amountMinor']);
  const now = call.clock.now().toISOString();
  if (callAt !== null && Date.parse(callAt) > Date.parse(now)) throw new InvalidInput('callAt must not be in the future.', ['input', 'callAt']);
  const moment = callAt === null ? null : new Moment(now, callAt);
  const account = await ask(call, accountById, null, accountId);
  if (!account) throw noSuchAccount(['input', 'accountId']);
  const [facts, rules] = await Promise.all([ask(call, contextFactsOf, moment, account.uuid), ask(call, currentContextRules, null, 'in_force')]);
  const { version, parameters: { factor } } = rules.CALL_VALIDATION;
  const deal = facts && primaryDeal(facts.deals);
  const baseline = deal && deal.amountMinor !== null && deal.currency !== null ? { amountMinor: deal.amountMinor, currency: deal.currency } : null;
  if (baseline && baseline.amountMinor > 0 && baseline.currency !== extractedArr.currency) throw new CurrencyMismatch(extractedArr.currency, baseline.currency);
  const compared = compareWithBaseline(extractedArr.amountMinor, baseline?.amountMinor ?? null, factor);
  const validated = { ...compared, baseline: compared.outcome === 'NO_BASELINE' ? null : baseline, factor, dealId: deal?.id ?? null, at: callAt ?? now, ruleVersion: version };
  await call.transact((work) => {
    const { outcome, ratio, dealId, at } = validated;
    work.record(callValidated.fact({ accountId: account.uuid as never, data: { accountId: account.uuid, opportunityId: dealId, outcome, ratio, callAt: at, ruleVersion: version } }));
    return Promise.resolve();
  });
  return validated;
}
