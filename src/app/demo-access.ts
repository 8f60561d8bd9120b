import type { Clock } from '../platform/clock.ts';
import { mintToken, roles, type Role } from '../features/access/index.ts';
import type { DemoTenant } from './demo.ts';

/** A token that is given away, on the embedded start alone. */
export interface DemoToken {
  readonly role: Role;
  readonly tenant: string;
  readonly token: string;
}

/** What minting the demo's tokens takes. */
export interface DemoTokenOptions {
  readonly secret: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

/** How long a demo token holds, in hours. */
const hours = 24;

/** A token for each role of each demo tenant, the administrators first. */
export function demoTokens(options: DemoTokenOptions, tenants: readonly DemoTenant[]): Promise<DemoToken[]> {
  const ordered: Role[] = ['admin', ...roles.filter((role) => role !== 'admin')];
  return Promise.all(
    tenants.flatMap(({ id, slug }) =>
      ordered.map(async (role) => ({
        role,
        tenant: slug,
        token: await mintToken({ ...options, tenantId: id, subject: `demo-${role}`, roles: [role], hours }),
      })),
    ),
  );
}
