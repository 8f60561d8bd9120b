import type { Clock } from '../platform/clock.ts';
import type { Bus } from '../platform/events/bus.ts';
import type { Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Signer, TrustedKeys } from '../platform/signing.ts';
import { acceptRestores, findRestoredTenants, readAnchorsOf, type KeptAnchor } from '../features/audit/index.ts';
import { CommandFault } from './run-command.ts';

/** What accepting restores takes. */
export interface AcceptRestoresOptions {
  readonly database: Database;
  readonly bus: Pick<Bus, 'read'>;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly keys: TrustedKeys;
  /** Anchors kept elsewhere. */
  readonly kept: readonly KeptAnchor[];
  readonly acceptedBy: string;
  /** Null: every tenant that was restored. */
  readonly tenantId: Id<'Tenant'> | null;
}

/** Who may be named as accepting a restore: an id, never a name or an address. */
export function requireOperatorId(given: string | undefined): string {
  if (given === undefined || !/^[A-Za-z0-9._:-]{1,64}$/.test(given)) throw new CommandFault('--by must be the id of who accepts the restore: 1 to 64 letters, digits, ".", "_", ":" or "-". It is recorded in the audit chain for ever.');
  return given;
}

/** Accepts restores, tenant by tenant; returns a line for each, and whether none was refused. */
export async function acceptAllRestores(options: AcceptRestoresOptions): Promise<{ readonly lines: readonly string[]; readonly accepted: boolean }> {
  const { database, bus, tenantId } = options;
  const tenants = tenantId === null ? await findRestoredTenants(database) : [tenantId];
  if (tenants.length === 0) return { lines: ['No backup was ever restored here; there is nothing to accept.'], accepted: true };
  const onBus = await readAnchorsOf(bus.read('audit.anchored')).catch((error: unknown) => {
    throw new CommandFault(`The anchors on the bus cannot be read, and without them it is not known what was lost (${error instanceof Error ? error.message : String(error)}). Try again when the bus answers.`);
  });
  const lines: string[] = [];
  let accepted = true;
  for (const tenant of tenants) {
    for (const result of await acceptRestores({ ...options, kept: [...options.kept, ...onBus] }, tenant)) {
      if (result.outcome === 'REFUSED') {
        accepted = false;
        lines.push(`Tenant ${tenant}: not accepted. The chain shows ${result.fault.tampering}, which the restore does not explain: ${result.fault.detail}`);
      } else if (result.outcome === 'NOTHING_TO_ACCEPT') lines.push(`Tenant ${tenant}: every restore is accepted already.`);
      else {
        const { sequence, lostFrom, lostTo, backupDigest } = result.restore;
        const lost = lostFrom === null ? 'no lost facts are known' : `facts ${lostFrom} to ${lostTo} are lost`;
        lines.push(`Tenant ${tenant}: accepted the restore of backup ${backupDigest.slice(0, 16)}, which ends at fact ${sequence}; ${lost}.`);
      }
    }
  }
  return { lines, accepted };
}
