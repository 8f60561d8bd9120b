import type { Bus } from '../../platform/events/bus.ts';
import { counter } from '../../platform/metrics.ts';
import type { Id } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import { isSigned, type Signer, type TrustedKeys } from '../../platform/signing.ts';
import { readAcceptedRestores, withoutLost } from './accepted-restore.ts';
import { anchorText, signAnchor, type Anchor, type ChainPlace } from './anchor.ts';
import { anchorsOnBus } from './anchors-on-bus.ts';
import { auditAnchored } from './audit.events.ts';
import { readLastAnchor } from './read-chain.ts';
import { verifyChain, type Verification } from './verify-chain.ts';

/** What anchoring works with. */
export interface AnchorOptions {
  readonly database: Database;
  /** Anchors are read from here, too: who holds the database does not hold them. */
  readonly bus: Pick<Bus, 'read'>;
  readonly signer: Signer;
  readonly keys: TrustedKeys;
  readonly log: Log;
}

/** A chain is signed when it has moved and its last anchor is older than this, … */
const anchorAfterSeconds = 300;
/** … or at once when it has grown by so many facts. */
const anchorAfterFacts = 1_000;

const batch = 500;
const faults = counter('audit_faults_total', 'Audit chains that were found tampered with, by kind. Any rise means that somebody changed what must not change.', ['tampering']);

// A tenant is made with a fact: one that has none has lost its chain, and is told of, unless it is just being made.
// Each anchor is a fact, too, which stands behind what it signs: a chain that grew by that one fact has not moved.
const due = statement<{ tenantId: Id<'Tenant'> }>(
  'audit_chains_due',
  `select t.id as "tenantId" from tenant t left join audit_head h on h.tenant_id = t.id
   left join lateral (select sequence, anchored_at from audit_anchor a where a.tenant_id = t.id order by sequence desc limit 1) a on true
   where t.id > $1 and ((coalesce(h.sequence, 0) = 0 and t.created_at <= app_now() - interval '${anchorAfterSeconds} seconds') or h.sequence < a.sequence or (h.sequence > coalesce(a.sequence + 1, 0)
     and (h.sequence - coalesce(a.sequence, 0) > ${anchorAfterFacts} or coalesce(a.anchored_at, t.created_at) <= app_now() - interval '${anchorAfterSeconds} seconds')))
   order by t.id limit ${batch}`,
);
const everyChain = statement<{ tenantId: Id<'Tenant'> }>('audit_chains', `select id as "tenantId" from tenant where id > $1 order by id limit ${batch}`);
const insert = statement<{ sequence: number }>(
  'insert_audit_anchor',
  'insert into audit_anchor (tenant_id, sequence, hash, anchored_at, key_id, signature) values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning sequence',
);

/**
 * Signs the end of every chain that has moved. What came since the last anchor is verified first, so that nothing is
 * signed that does not follow from what was signed before; a chain that does not, or that is not the one of which the bus
 * has anchors, is left alone, and told of. While the bus cannot be asked nothing is signed: a forgery that was signed
 * would be the truth from then on. Answers how many it signed.
 */
export async function anchorChains(options: AnchorOptions, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  const onBus = await anchorsOnBus(options.bus, options.log);
  if (!onBus) return 0;
  let anchored = 0;
  for await (const tenantId of tenantsOf(options.database, due)) {
    const place = await verifySinceAnchor(options, tenantId, onBus.of(tenantId));
    if (place && (await anchor(options, { ...caller, tenantId }, place))) anchored += 1;
  }
  return anchored;
}

/** Verifies every tenant's chain from its beginning, also against the anchors on the bus if it can be asked, and tells of each that is not whole. Answers how many are not. */
export async function verifyChains(options: Omit<AnchorOptions, 'signer'>): Promise<number> {
  const onBus = await anchorsOnBus(options.bus, options.log);
  let broken = 0;
  const seen = new Set<string>();
  const verify = async (tenantId: Id<'Tenant'>): Promise<void> => {
    seen.add(tenantId);
    const found = await verifyChain(brieflyOf(options.database, tenantId), { tenantId, keys: options.keys, kept: onBus?.of(tenantId) ?? [] });
    if (tell(options.log, tenantId, found)) broken += 1;
  };
  for await (const tenantId of tenantsOf(options.database, everyChain)) await verify(tenantId);
  // Not even the tenant need be there any more.
  for (const tenantId of onBus?.tenants() ?? []) if (!seen.has(tenantId)) await verify(tenantId as Id<'Tenant'>);
  return broken;
}

/** Asks a tenant's rows on brief snapshots. */
export function brieflyOf(database: Pick<Database, 'read'>, tenantId: Id<'Tenant'>): Parameters<typeof verifyChain>[0] {
  return async (body) => {
    const read = database.read(tenantId);
    try {
      return await body(read);
    } finally {
      await read.close();
    }
  };
}

async function* tenantsOf(database: Database, question: typeof due): AsyncGenerator<Id<'Tenant'>> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const from = after;
    const found = await database.system((sql) => sql.rows(question, [from]));
    for (const { tenantId } of found) yield tenantId;
    const last = found.at(-1);
    if (!last || found.length < batch) return;
    after = last.tenantId;
  }
}

/** The end of the chain, where all since the last anchor holds that is beside it and contradicted by none on the bus; null where it does not. */
async function verifySinceAnchor({ database, keys, log }: AnchorOptions, tenantId: Id<'Tenant'>, kept: readonly Anchor[]): Promise<ChainPlace | null> {
  const briefly = brieflyOf(database, tenantId);
  const last = await briefly(async (sql) => readLastAnchor(sql, tenantId, withoutLost(kept, await readAcceptedRestores(sql, tenantId, keys))));
  const trusted = last && isSigned(keys, anchorText(tenantId, last), last) ? last : null;
  const found = await verifyChain(briefly, { tenantId, keys, kept, ...(trusted ? { after: trusted } : {}) });
  return tell(log, tenantId, found) || found.place.sequence === 0 ? null : found.place;
}

async function anchor({ database, signer }: AnchorOptions, caller: Caller, place: ChainPlace): Promise<boolean> {
  return database.transact(caller, async (work) => {
    const { sequence, hash, anchoredAt, keyId, signature } = signAnchor(signer, work.tenantId, { ...place, anchoredAt: work.now });
    const made = await work.rows(insert, [work.tenantId, sequence, hash, anchoredAt, keyId, signature]);
    if (made.length === 0) return false;
    work.record(auditAnchored.fact({ accountId: null, data: { sequence, hash: hash.toString('hex'), anchoredAt, keyId, signature: signature.toString('base64url') } }));
    return true;
  });
}

function tell(log: Log, tenantId: string, { fault }: Verification): boolean {
  if (!fault) return false;
  faults.inc({ tampering: fault.tampering });
  log.error({ tenantId, ...fault }, fault.tampering === 'SIGNING_KEY_UNKNOWN' ? 'an audit chain has an anchor by an unknown signing key' : 'an audit chain was tampered with');
  return true;
}
