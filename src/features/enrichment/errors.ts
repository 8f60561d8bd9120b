import { LimitExceeded } from '../../platform/errors.ts';

/** The budget of the account does not pay for one more call this month. */
export class BudgetIsExhausted extends LimitExceeded {
  /** US cents that are neither spent nor reserved. */
  readonly remainingMinor: number;

  constructor({ remainingMinor, priceMinor, month }: { readonly remainingMinor: number; readonly priceMinor: number; readonly month: string }) {
    super(`One call costs ${cents(priceMinor)}, and ${cents(remainingMinor)} of this account's budget for ${month.slice(0, 7)} are left. Wait for the next calendar month (UTC), or have an administrator raise monthlyLimitMinor.`);
    this.remainingMinor = remainingMinor;
  }
}

const cents = (minor: number): string => `${(minor / 100).toFixed(2)} USD`;
