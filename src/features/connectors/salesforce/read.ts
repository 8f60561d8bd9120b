import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { isRawNumber, exactJson } from '../../../platform/exact-json.ts';
import { isDay } from '../../../platform/graphql/scalars.ts';
import type { RecordInput } from '../../accounts/index.ts';
import { minorUnits } from '../minor-units.ts';
import type { BodyNames, Reading } from '../reading.ts';
import { readInstant } from '../vendor-values.ts';

const number = z.custom<number | { readonly rawJSON: string }>((value) => typeof value === 'number' || isRawNumber(value), 'must be a number');
const flag = z.boolean('must be true or false').nullish();
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
  LastModifiedDate: z.string('must be an instant such as 2026-11-21T09:30:00.000Z').nullish(),
  SystemModstamp: z.string('must be an instant such as 2026-11-21T09:30:00.000Z').nullish(),
});
type OpportunityEvent = z.output<typeof opportunityEvent>;

/** Salesforce: one opportunity per webhook, as its record is after the change. */
export function readSalesforce(body: unknown): Reading {
  const exact = exactJson(body);
  const read = opportunityEvent.safeParse(exact);
  if (!read.success) throw refusal(read.error);
  const event = read.data;
  const occurredAt = readInstant(event.SystemModstamp, ['SystemModstamp']) ?? readInstant(event.LastModifiedDate, ['LastModifiedDate']);
  const names = { ...fieldNames, occurredAt: typeof event.SystemModstamp === 'string' ? 'SystemModstamp' : 'LastModifiedDate' };
  return event.IsDeleted === true ? deletion(event, { occurredAt, names }) : statement(event, exact, { occurredAt, names });
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
}

const ref = (id: string): { system: string; id: string } => ({ system: 'salesforce', id });

function deletion({ Id }: OpportunityEvent, { occurredAt, names }: Told): Reading {
  return { accounts: [], records: [], signals: [], deletions: [{ type: 'Opportunity', externalRef: ref(Id), source: 'salesforce', occurredAt, reason: null, path: [], names }] };
}

/** Only what is in the body is stated: an absent field leaves the value as it is, null clears it. */
function statement(event: OpportunityEvent, payload: unknown, { occurredAt, names }: Told): Reading {
  const { AccountId, Id, StageName, Name, CloseDate, NextStep } = event;
  const given = { name: Name ?? undefined, closeDate: CloseDate, nextStep: NextStep, amount: amountOf(event), probability: probabilityOf(event), stageSince: stageSince(event) };
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const input: RecordInput = { account: { externalRef: ref(AccountId) }, externalRef: ref(Id), stage: StageName, ...fields, mode: 'PATCH', source: 'salesforce', ...(occurredAt === null ? {} : { occurredAt }) };
  return { accounts: [], records: [{ plural: 'opportunities', input, report: { payload, closedAs: closedAs(event) }, path: [], names }], signals: [], deletions: [] };
}

function closedAs({ IsClosed, IsWon }: OpportunityEvent): 'WON' | 'LOST' | null {
  if (IsWon === true) return 'WON';
  return IsClosed === true && IsWon === false ? 'LOST' : null;
}

/** An amount means nothing without its currency, which Salesforce sends where an organisation has several; without one the webhook says nothing of the amount. */
function amountOf({ Amount, CurrencyIsoCode }: OpportunityEvent): { amountMinor: number; currency: string } | null | undefined {
  if (Amount === undefined || Amount === null) return Amount;
  if (CurrencyIsoCode === undefined || CurrencyIsoCode === null) return undefined;
  return { amountMinor: minorUnits(textOf(Amount), CurrencyIsoCode, ['Amount']), currency: CurrencyIsoCode };
}

const textOf = (value: number | { readonly rawJSON: string }): string => (typeof value === 'number' ? String(value) : value.rawJSON);

/** Salesforce states per cent. */
function probabilityOf({ Probability }: OpportunityEvent): number | null | undefined {
  if (Probability === undefined || Probability === null) return Probability;
  const perCent = Number(textOf(Probability));
  if (!(perCent >= 0 && perCent <= 100)) throw new InvalidInput(`Probability must be between 0 and 100; it is ${perCent}.`, ['Probability']);
  return perCent / 100;
}

function stageSince({ LastStageChangeDate }: OpportunityEvent): string | null | undefined {
  return LastStageChangeDate === undefined ? undefined : readInstant(LastStageChangeDate, ['LastStageChangeDate']);
}
