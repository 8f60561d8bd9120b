import type { AccountStatement } from '../../accounts/index.ts';
import { shortened } from '../vendor-values.ts';

/** A property as a field of the account; null where it is none. An empty value clears it. The same for events and for what is read again. */
export function companyField(name: string, value: string): Partial<AccountStatement> | null {
  const text = value.trim() === '' ? null : shortened(value.trim(), 500);
  if (name === 'name') return text === null ? null : { name: text };
  if (name === 'domain') return { website: text };
  if (name === 'industry') return { industry: text };
  if (name !== 'numberofemployees') return null;
  if (text === null) return { employeeCount: null };
  return /^\d{1,9}$/.test(text) ? { employeeCount: Number(text) } : null;
}
