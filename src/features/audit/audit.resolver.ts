import { Arg, Args, Ctx, FieldResolver, Float, Query, Resolver, Root } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { requireRole } from '../access/index.ts';
import { Account, accountById, type AccountRow } from '../accounts/index.ts';
import { anchorsOnBus } from './anchors-on-bus.ts';
import { actorOf, auditEvents, auditEventsOfAccount } from './audit-event.queries.ts';
import { AccountAuditEventFilter, AuditActor, AuditEvent, AuditEventConnection, AuditEventFilter, AuditEventOrder, type AuditEventRow } from './audit-event.type.ts';
import { AuditVerification } from './audit-verification.type.ts';
import { mayReadAudit } from './audit.policy.ts';
import { showVerification } from './show-verification.ts';
import { readPlace } from './read-chain.ts';
import { verifyChain } from './verify-chain.ts';

/** A walk in the graph ends after this, and says where to go on. Milliseconds. */
const longestWalk = 20_000;
/** The bus is not asked each time, and not waited for at any length. */
const busPatience = { freshFor: 2_000, most: 10_000 };
/** What verifying costs, whatever the chain's length: it keeps one core busy for as long as it may. */
const costOfWalk = 10_000;

/** The tenant's audit chain. */
@Resolver()
export class AuditResolver {
  @Query(() => AuditEventConnection, { description: 'The tenant\'s audit events, the latest first. For administrators and privacy officers.' })
  auditEvents(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AuditEventFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: AuditEventFilter | null,
    @Arg('orderBy', () => AuditEventOrder, { nullable: true, description: 'In which order.' }) orderBy?: AuditEventOrder | null,
  ): Promise<Page<AuditEventRow>> {
    requireRole(call, mayReadAudit, 'read the audit chain');
    return auditEvents(call, { ...page, filter: filter ?? null, orderBy: orderBy ?? null });
  }

  @Query(() => AuditVerification, { complexity: costOfWalk, description: 'Verifies the audit chain: each event\'s hash, their order without gaps, the head, and what was signed. For administrators and privacy officers.' })
  async auditVerification(
    @Ctx() call: Call,
    @Arg('after', () => Float, { nullable: true, description: 'Goes on behind this event, which was the lastSequence of a check before; from the beginning when left out.' }) after?: number | null,
  ): Promise<AuditVerification> {
    requireRole(call, mayReadAudit, 'verify the audit chain');
    if (typeof after === 'number' && !(Number.isSafeInteger(after) && after >= 0)) throw new InvalidInput('after must be the sequence of an event.', ['after']);
    const { tenantId, trustedKeys: keys, clock } = call;
    const onBus = (await anchorsOnBus(call.bus, call.log, busPatience))?.of(tenantId) ?? null;
    const place = after ? await call.briefly((sql) => readPlace(sql, tenantId, after)) : null;
    if (after && !place) throw new InvalidInput('There is no event of this sequence. Verify from the beginning.', ['after']);
    const began = performance.now();
    const found = await verifyChain((body) => call.briefly(body), { tenantId, keys, kept: onBus ?? [], ...(place ? { after: place } : {}), enough: () => performance.now() - began > longestWalk });
    return showVerification(found, { clock, onBus });
  }
}

/** An audit event. */
@Resolver(() => AuditEvent)
export class AuditEventResolver {
  @FieldResolver(() => AuditActor, { description: 'Who did it.' })
  actor(@Root() event: AuditEventRow): AuditActor {
    return actorOf(event);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account it is about; null when it is about none, or about one that is no longer there.' })
  account(@Root() event: AuditEventRow, @Ctx() call: Call): Promise<AccountRow | null> | null {
    return event.accountId === null ? null : ask(call, accountById, event.asOf, event.accountId);
  }
}

/** What happened to an account. */
@Resolver(() => Account)
export class AuditOfAccountResolver {
  @FieldResolver(() => AuditEventConnection, { nullable: true, description: 'What happened to it, the latest first. For administrators and privacy officers; null, with an error, for others.' })
  auditEvents(
    @Root() account: AccountRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AccountAuditEventFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: AccountAuditEventFilter | null,
    @Arg('orderBy', () => AuditEventOrder, { nullable: true, description: 'In which order.' }) orderBy?: AuditEventOrder | null,
  ): Promise<Page<AuditEventRow>> {
    requireRole(call, mayReadAudit, 'read the audit chain');
    return auditEventsOfAccount.page(call, account.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, account.asOf);
  }
}
