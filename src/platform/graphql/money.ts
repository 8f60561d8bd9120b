import { Field, Float, InputType, ObjectType } from 'type-graphql';
import { InvalidInput } from '../errors.ts';
import { isCurrency } from '../iso-4217.ts';
import { Shows } from './shows.ts';

/** An amount of money. */
@ObjectType('Money', { description: 'An amount of money in the minor unit of its currency.', simpleResolvers: true })
export class Money {
  @Field(() => Float, { description: 'Integer count of minor units (cents, pence), up to 2^53.' })
  amountMinor!: number;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'ISO 4217 code: `USD`.' })
  currency!: string;
}

/** An amount of money as a caller states it. */
@InputType('MoneyInput', { description: 'An amount of money in the minor unit of its currency.' })
export class MoneyInput {
  @Field(() => Float, { description: 'Integer count of minor units (cents, pence): 15000000 is 150,000.00 USD.' })
  amountMinor!: number;

  @Field(() => String, { description: 'ISO 4217 code: `USD`.' })
  currency!: string;
}

/** The two columns of an amount as one value; null when there is none. */
export function toMoney(amountMinor: number | null, currency: string | null): Money | null {
  return amountMinor === null || currency === null ? null : { amountMinor, currency };
}

/** Refuses an amount that is no whole number of minor units, or a currency that is no ISO 4217 code. */
export function checkMoney(money: MoneyInput, path: readonly string[]): void {
  if (!Number.isSafeInteger(money.amountMinor)) throw new InvalidInput('amountMinor must be a whole number of minor units.', [...path, 'amountMinor']);
  checkCurrency(money.currency, [...path, 'currency']);
}

/** Refuses a text that is no ISO 4217 code. The last part of the path is the field's name. */
export function checkCurrency(code: string, path: readonly string[]): void {
  if (!isCurrency(code)) throw new InvalidInput(`${path.at(-1) ?? 'currency'} must be an ISO 4217 currency code of three capitals, such as USD.`, path);
}
