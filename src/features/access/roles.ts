import { Forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';

/** What a caller may be. Tokens and API keys carry these names as they stand here; no role implies another. */
export const roles = ['viewer', 'analyst', 'approver', 'privacy_officer', 'agent', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A caller whose credential was accepted. Every door makes one by `authenticate`, and by nothing else. */
export interface Principal {
  readonly tenantId: Id<'Tenant'>;
  readonly actor: Actor;
  /** Never empty. */
  readonly roles: ReadonlySet<Role>;
  /** The instant from which the credential is refused; long-lived connections end then. Null: it does not expire. */
  readonly expiresAt: Date | null;
}

/** Sorts names into roles and what is none. */
export function parseRoles(names: readonly unknown[]): { readonly roles: ReadonlySet<Role>; readonly unknown: readonly unknown[] } {
  return {
    roles: new Set(roles.filter((role) => names.includes(role))),
    unknown: names.filter((name) => !roles.some((role) => role === name)),
  };
}

/**
 * Lets a caller pass who has one of the roles; throws `Forbidden` otherwise. `doing` completes the sentence
 * "To … you need the role …", e.g. `approve actions`.
 */
export function requireRole(caller: { readonly roles: ReadonlySet<string> }, allowed: readonly Role[], doing: string): void {
  if (allowed.some((role) => caller.roles.has(role))) return;
  throw new Forbidden(`To ${doing} you need the role ${allowed.join(' or ')}; yours: ${[...caller.roles].join(', ')}.`);
}
