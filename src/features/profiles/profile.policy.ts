import { InvalidInput } from '../../platform/errors.ts';
import { sees, type Principal, type Role } from '../access/index.ts';

/** What may be known of customers, and what scenarios require, is for administrators to decide. */
export const mayDefineProfiles: readonly Role[] = ['admin'];

/** Machines, analysts and administrators fill profiles. */
export const mayUpdateProfiles: readonly Role[] = ['agent', 'analyst', 'admin'];

/** To delete what others were derived from takes an administrator. */
export const mayForceDeletion: readonly Role[] = ['admin'];

/** Whose word it is that a value was verified: a person's with one of these roles, never a machine's. */
const mayVerify: readonly Role[] = ['analyst', 'approver', 'privacy_officer', 'admin'];

/** Refuses a value that is stated as verified by a machine, or by who acts as an agent alone. */
export function refuseUnverifiable({ actor, roles }: { readonly actor: Principal['actor']; readonly roles: ReadonlySet<string> }, path: readonly string[]): void {
  if (actor.kind === 'user' && mayVerify.some((role) => roles.has(role))) return;
  throw new InvalidInput(`Only a person with the role ${mayVerify.join(' or ')} verifies a value; leave verified out, and have one of them state it.`, path);
}

/** Expiring by hand what the job would expire within five minutes. */
export const mayExpireFields: readonly Role[] = ['admin'];

/** Whether a caller is shown personal values, and names and texts of documents. */
export function readsPersonalData(caller: { readonly roles: ReadonlySet<string> }): boolean {
  return sees(caller, 'PROFILE_VALUE');
}
