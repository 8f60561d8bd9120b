import type { Principal } from '../../features/access/index.ts';
import type { AdmitCaller } from './admit-caller.ts';
import type { BodyBudget } from './body-budget.ts';
import type { Charges } from './charges.ts';
import type { FairTurns } from './fair-turns.ts';
import type { LimitPolicy } from './policy.ts';
import type { WebhookFailures } from './webhook-failures.ts';

/** Every limit on callers, for every endpoint alike: HTTP, sockets and webhooks. */
export interface Gatekeeper extends Charges {
  readonly policy: LimitPolicy;
  /** Authenticates, and counts refused credentials by address. */
  readonly admit: AdmitCaller;
  /** Proxies of the installation before the process; see `clientAddress`. */
  readonly trustedHops: number;
  readonly turns: FairTurns;
  /** Failed webhook signatures; apart from sign-in, so that a webhook set up wrongly locks out no API keys. */
  readonly forgeries: WebhookFailures;
  /** Bytes of request bodies under way, by caller, and by address where the caller is not known yet. */
  readonly bodies: { readonly ofCaller: BodyBudget; readonly ofAddress: BodyBudget };
}

/** The points of work that was measured. */
export const pointsOf = (milliseconds: number): number => Math.round(milliseconds * 1_000);

/** Authenticates a caller of an HTTP endpoint, and refuses one that has nothing left. */
export async function admitWithinLimits({ admit, refuseUsedUp }: Gatekeeper, credentials: Parameters<AdmitCaller>[0]): Promise<Principal> {
  const principal = await admit(credentials);
  refuseUsedUp(principal);
  return principal;
}
