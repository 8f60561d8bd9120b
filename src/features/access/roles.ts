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

/** The names that are no role. */
export function unknownRoles(names: readonly unknown[]): readonly unknown[] {
  return names.filter((name) => !roles.some((role) => role === name));
}

/**
 * Lets a caller pass who has one of the roles; throws `Forbidden` otherwise. `doing` completes the sentence
 * "To … you need the role …", e.g. `approve actions`.
 */
export function requireRole(caller: { readonly roles: ReadonlySet<string> }, allowed: readonly Role[], doing: string): void {
  if (allowed.some((role) => caller.roles.has(role))) return;
  throw new Forbidden(`To ${doing} you need the role ${allowed.join(' or ')}; yours: ${[...caller.roles].join(', ')}.`);
}
