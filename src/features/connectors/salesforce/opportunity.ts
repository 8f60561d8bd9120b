import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { isDay } from '../../../platform/graphql/scalars.ts';
import type { RecordInput } from '../../accounts/index.ts';
import type { BodyNames, Reading } from '../reading.ts';
import { readInstant } from '../vendor-values.ts';
import type { SalesforceSettings } from './settings.ts';
import { changedAt, changeTimes, digitsOf, flag, moneyOf, number, ref } from './fields.ts';

const opportunityEvent = z.looseObject({
  AccountId: z.string('must be a text').min(1, 'must not be empty').max(255, 'must have at most 255 characters'),
  Id: z.string('must be a text').min(1, 'must not be empty').max(64, 'must have at most 64 characters'),
  StageName: z.string('must be a text').min(1, 'must not be empty').max(160, 'must have at most 160 characters'),
  Name: z.string('must be a text').nullish(),
  Amount: number.nullish(),
  CurrencyIsoCode: z.string('must be a text').nullish(),
  CloseDate: z.string('must be a day such as 2026-11-21').refine(isDay, 'must be a day such as 2026-11-21').nullish(),
  Probability: number.nullish(),
  NextStep: z.string('must be a text').nullish(),
  LastStageChangeDate: z.string('must be an instant such as 2026-11-21T09:30:00.000Z').nullish(),
  IsClosed: flag,
  IsWon: flag,
  IsDeleted: flag,
  ...changeTimes,
});
type OpportunityEvent = z.output<typeof opportunityEvent>;

/** An opportunity as it is after a change. */
export function readOpportunity(fields: unknown, { currency }: SalesforceSettings = {}): Reading {
  const read = opportunityEvent.safeParse(fields);
  if (!read.success) throw refusal(read.error);
  const event = read.data;
  const { occurredAt, field } = changedAt(event);
  const names = { ...fieldNames, occurredAt: field };
  return event.IsDeleted === true ? deletion(event, { occurredAt, names }) : statement(event, fields, { occurredAt, names, currency });
}

function refusal({ issues: [issue] }: z.ZodError): InvalidInput {
  const field = issue?.path.map(String) ?? [];
  if (field.length === 0) return new InvalidInput('The body must be an object with the texts AccountId, Id and StageName.');
  const [name = ''] = field;
  const required = ['AccountId', 'Id', 'StageName'].includes(name) ? ' The body must be an object with the texts AccountId, Id and StageName.' : '';
  return new InvalidInput(`${field.join('.')} ${issue?.message ?? 'cannot be read'}.${required}`, field);
}

const fieldNames: BodyNames = {
  'account.externalRef.id': 'AccountId', 'externalRef.id': 'Id', stage: 'StageName', name: 'Name', 'amount.currency': 'CurrencyIsoCode', amount: 'Amount', closeDate: 'CloseDate', probability: 'Probability', nextStep: 'NextStep',
  stageSince: 'LastStageChangeDate',
};

/** When the change was made, and what the body calls its fields. */
interface Told {
  readonly occurredAt: string | null;
  readonly names: BodyNames;
  /** The currency of an organisation that has one alone. */
  readonly currency?: string | undefined;
}

function deletion({ Id }: OpportunityEvent, { occurredAt, names }: Told): Reading {
  return { accounts: [], records: [], signals: [], deletions: [{ type: 'Opportunity', externalRef: ref(Id), source: 'salesforce', occurredAt, reason: null, path: [], names }] };
}

/** Only what is in the body is stated: an absent field leaves the value as it is, null clears it. */
function statement(event: OpportunityEvent, payload: unknown, { occurredAt, names, currency }: Told): Reading {
  const { AccountId, Id, StageName, Name, CloseDate, NextStep } = event;
  const given = { name: Name ?? undefined, closeDate: CloseDate, nextStep: NextStep, amount: moneyOf(event.Amount, event.CurrencyIsoCode ?? currency, 'Amount'), probability: probabilityOf(event), stageSince: stageSince(event) };
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const input: RecordInput = { account: { externalRef: ref(AccountId) }, externalRef: ref(Id), stage: StageName, ...fields, mode: 'PATCH', source: 'salesforce', ...(occurredAt === null ? {} : { occurredAt }) };
  return { accounts: [], records: [{ plural: 'opportunities', input, report: { payload, closedAs: closedAs(event) }, path: [], names }], signals: [], deletions: [] };
}

function closedAs({ IsClosed, IsWon }: OpportunityEvent): 'WON' | 'LOST' | null {
  if (IsWon === true) return 'WON';
  return IsClosed === true && IsWon === false ? 'LOST' : null;
}

/** Salesforce states per cent. */
function probabilityOf({ Probability }: OpportunityEvent): number | null | undefined {
  if (Probability === undefined || Probability === null) return Probability;
  const perCent = Number(digitsOf(Probability));
  if (!(perCent >= 0 && perCent <= 100)) throw new InvalidInput(`Probability must be between 0 and 100; it is ${perCent}.`, ['Probability']);
  return perCent / 100;
}

function stageSince({ LastStageChangeDate }: OpportunityEvent): string | null | undefined {
  return LastStageChangeDate === undefined ? undefined : readInstant(LastStageChangeDate, ['LastStageChangeDate']);
}
