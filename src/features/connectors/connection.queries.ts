import type { Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { ConnectionFailure, ConnectionRow, ConnectionStatus } from './connection.type.ts';
import { connectionIdOf } from './connection-id.ts';
import { adviceOf } from './fault-advice.ts';
import { vendorApis } from './outbound/vendor-apis.ts';

interface Raw {
  readonly uuid: string;
  readonly source: string;
  readonly isConnected: boolean;
  readonly settings: object | null;
  readonly vendorAccount: string | null;
  readonly testedAt: string | null;
  readonly createdAt: string | null;
  readonly pausedAt: string | null;
  readonly failingSince: string | null;
  readonly failedAt: string | null;
  readonly failureCode: ConnectionFailure['code'] | null;
  readonly failureMessage: string | null;
  readonly limitedUntil: string | null;
  readonly limitReason: string | null;
  readonly lastEventAt: string | null;
  readonly lagMs: number | null;
}

// What a removed connection was set to is not shown any more. A vendor that this version cannot call is listed as long as it is connected.
const all = statement<Raw>(
  'connections',
  `select coalesce(c.id, a.id) as uuid, a.source, c.encrypted_credentials is not null as "isConnected", c.settings, c.vendor_account as "vendorAccount", c.checked_at as "testedAt", c.created_at as "createdAt", c.paused_at as "pausedAt",
     s.failing_since as "failingSince", s.failed_at as "failedAt", s.failure_code as "failureCode", s.failure_message as "failureMessage", s.limited_until as "limitedUntil", s.limit_reason as "limitReason",
     e.received_at as "lastEventAt", case when e.occurred_at is not null then greatest(0, floor(extract(epoch from e.received_at - e.occurred_at) * 1000))::float8 end as "lagMs"
   from (select * from unnest($2::text[], $3::uuid[]) with ordinality as registered(source, id, place)
     union all select source, id, null from connection where tenant_id = $1 and removed_at is null and source <> all($2::text[])) as a
   left join connection c on c.tenant_id = $1 and c.source = a.source and c.removed_at is null
   left join connection_state s on s.tenant_id = $1 and s.connection_id = c.id
   left join lateral (
     select l.received_at, l.occurred_at from webhook_secret w join webhook_last_event l on l.tenant_id = $1 and l.secret_id = w.id where w.tenant_id = $1 and w.source = a.source
     union all select h.received_at, h.occurred_at from change_stream h where h.tenant_id = $1 and h.connection_id = c.id and h.received_at is not null
     order by received_at desc limit 1) e on true
   order by a.place`,
);

/** Every vendor that can be called or is connected, in the order in which they are registered. The key is the same for all. */
export const allConnections: Question<'all', readonly ConnectionRow[]> = {
  name: 'connections',
  async load(call, keys) {
    const sources = vendorApis.map(({ source }) => source);
    const rows = await call.read.rows(all, [call.tenantId, sources, sources.map((source) => connectionIdOf(call.tenantId, source))]);
    const connections = rows.map((raw) => toConnection(raw, call));
    return keys.map(() => connections);
  },
};

function toConnection({ failedAt, failureCode, failureMessage, limitedUntil, limitReason, isConnected, ...raw }: Raw, call: Call): ConnectionRow {
  // Always read, so that an answer is not served for longer than the figures that no version tells of are late.
  const now = call.clock.now().toISOString();
  const isAdministrator = call.roles.has('admin');
  return asNode('Connection', {
    ...raw,
    settings: isAdministrator ? raw.settings : null,
    status: statusOf({ ...raw, isConnected }),
    lastError: failedAt === null || failureCode === null ? null : { code: failureCode, message: isAdministrator ? failureMessage : null, advice: adviceOf[failureCode], occurredAt: failedAt },
    rateLimit: limitedUntil !== null && limitedUntil > now ? { limitedUntil, reason: limitReason } : null,
  }, null);
}

function statusOf({ isConnected, pausedAt, failingSince }: Pick<Raw, 'isConnected' | 'pausedAt' | 'failingSince'>): ConnectionStatus {
  if (!isConnected) return 'DISABLED';
  if (pausedAt !== null) return 'PAUSED';
  return failingSince === null ? 'ACTIVE' : 'FAILING';
}

/** What of a source is to be read at its vendor. */
export interface FetchFigures {
  readonly waiting: number;
  readonly since: string | null;
  readonly dead: number;
}

const figures = statement<FetchFigures & { readonly source: string }>(
  'source_fetch_figures',
  `select a.source, w.waiting, w.since, d.dead from unnest($2::text[]) as a(source)
   cross join lateral (select count(*)::int as waiting, min(f.asked_at) as since from source_fetch f where f.tenant_id = $1 and f.source = a.source and (f.fetched_at is null or f.fetched_at < f.wanted_at) and f.dead_at is null) w
   cross join lateral (select count(*)::int as dead from source_fetch f where f.tenant_id = $1 and f.source = a.source and f.dead_at is not null) d`,
);

/** How much of each source waits to be read at its vendor, and how much was given up. */
export const fetchFiguresOf: Question<string, FetchFigures> = {
  name: 'source_fetch_figures',
  async load(call, sources) {
    const found = new Map((await call.read.rows(figures, [call.tenantId, sources])).map((row) => [row.source, row]));
    return sources.map((source) => found.get(source) ?? { waiting: 0, since: null, dead: 0 });
  },
};
