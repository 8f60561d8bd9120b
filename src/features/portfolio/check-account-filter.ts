import { InvalidInput } from '../../platform/errors.ts';
import { checkCurrency } from '../../platform/graphql/money.ts';
import type { AccountFilter } from './account-list.ts';

/** The most values of one list in a filter. */
const mostValues = 100;

/** Refuses a filter that nothing can match, or that asks too much. */
export function checkAccountFilter(filter: AccountFilter | null | undefined): void {
  for (const [name, value] of Object.entries(filter ?? {})) {
    if (Array.isArray(value) && value.length > mostValues) throw new InvalidInput(`${name} must have at most ${mostValues} values.`, ['filter', name]);
    if ((name === 'minHealth' || name === 'maxHealth') && typeof value === 'number' && !(value >= 0 && value <= 100)) throw new InvalidInput(`${name} must be between 0 and 100.`, ['filter', name]);
    if (name === 'nameContains' && typeof value === 'string' && value.trim() === '') throw new InvalidInput('nameContains must not be empty. Leave it out to list all.', ['filter', name]);
    if (name === 'revenueCurrency' && typeof value === 'string') checkCurrency(value, ['filter', name]);
  }
}
