import type { Authenticate } from '../features/access/index.ts';
import { createAddressFailures } from '../api/limits/address-failures.ts';
import { createBodyBudget } from '../api/limits/body-budget.ts';
import { createCallerAdmission } from '../api/limits/admit-caller.ts';
import { createCharges } from '../api/limits/charges.ts';
import { createFairTurns } from '../api/limits/fair-turns.ts';
import { createWebhookFailures } from '../api/limits/webhook-failures.ts';
import type { Gatekeeper } from '../api/limits/gatekeeper.ts';
import type { LimitPolicy } from '../api/limits/policy.ts';
import type { RedisParts } from './redis-parts.ts';

/** What limits are made of. */
export interface GatekeeperOptions {
  readonly policy: LimitPolicy;
  readonly trustedHops: number;
  /** Connections to the database that the process may open. */
  readonly connections: number;
  readonly authenticate: Authenticate;
  readonly rateLimiter: RedisParts['rateLimiter'];
}

/** Makes the limits of one process, which all its endpoints share. */
export function openGatekeeper({ policy, trustedHops, connections, authenticate, rateLimiter }: GatekeeperOptions): Gatekeeper {
  const { turns } = policy;
  return {
    ...createCharges(rateLimiter('caller', policy.principalRate), rateLimiter('tenant', policy.tenantRate)),
    policy,
    trustedHops,
    admit: createCallerAdmission(authenticate, createAddressFailures(rateLimiter('sign-in', policy.strangerRate))),
    forgeries: createWebhookFailures(rateLimiter('webhook', policy.strangerRate)),
    bodies: { ofCaller: createBodyBudget(policy.bodies.ofCaller), ofAddress: createBodyBudget(policy.bodies.ofAddress) },
    // A tenant never holds all connections to the database.
    turns: createFairTurns({ ...turns, runningOfTenant: Math.min(turns.runningOfTenant, Math.max(4, connections - 4)) }),
  };
}
