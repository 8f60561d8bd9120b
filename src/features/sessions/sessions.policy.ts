import { requireRole, sees, type Role } from '../access/index.ts';

/** Machines run sessions; administrators may, too. */
export const mayRunSessions: readonly Role[] = ['agent', 'admin'];

/** How long sessions are kept is for administrators to decide. */
export const mayKeepSessions: readonly Role[] = ['admin'];

/** Throws `Forbidden` for a caller who may not run sessions. */
export function requireSessionRole(caller: { readonly roles: ReadonlySet<string> }): void {
  requireRole(caller, mayRunSessions, 'run sessions');
}

/** Whether a caller is shown what sessions hold. */
export function readsSessions(caller: { readonly roles: ReadonlySet<string> }): boolean {
  return sees(caller, 'PROFILE_VALUE');
}
