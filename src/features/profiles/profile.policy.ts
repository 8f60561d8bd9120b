import type { Role } from '../access/index.ts';

/** What may be known of customers, and what scenarios require, is for administrators to decide. */
export const mayDefineProfiles: readonly Role[] = ['admin'];

/** Machines, analysts and administrators fill profiles. */
export const mayUpdateProfiles: readonly Role[] = ['agent', 'analyst', 'admin'];

/** To delete what others were derived from takes an administrator. */
export const mayForceDeletion: readonly Role[] = ['admin'];

/** Expiring by hand what the job would expire within five minutes. */
export const mayExpireFields: readonly Role[] = ['admin'];

/** Who is shown personal values; everybody else is told that there is one. */
const mayReadPersonalData: readonly Role[] = ['analyst', 'approver', 'privacy_officer', 'agent', 'admin'];

/** Whether a caller is shown personal values, and names and texts of documents. */
export function readsPersonalData({ roles }: { readonly roles: ReadonlySet<string> }): boolean {
  return mayReadPersonalData.some((role) => roles.has(role));
}
