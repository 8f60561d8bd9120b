import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Anchor, ChainPlace } from './anchor.ts';
import type { ChainRow } from './chain-walk.ts';

/** Asks on a snapshot of its own, which is given back at once: no walk holds a transaction open. */
export type Briefly = <Result>(body: (sql: Sql) => Promise<Result>) => Promise<Result>;

/** A row or an anchor, as a walk takes them. */
export type ChainItem = { readonly row: ChainRow } | { readonly anchor: Anchor; readonly source: 'stored' | 'kept' };

/** How a chain stands at one instant. */
export interface ChainState {
  /** Null: the chain was never begun, or its head is gone. */
  readonly head: ChainPlace | null;
  /** The last row, or the head when that is further. */
  readonly upTo: number;
  /** The last anchor's place; 0: none. */
  readonly lastAnchor: number;
  /** When the tenant began, and with it the chain. RFC 3339. */
  readonly begunAt: string | null;
}

/** Which part of a chain to read. */
export interface ChainPart {
  readonly tenantId: Id<'Tenant'>;
  /** Rows behind this sequence; all when 0. */
  readonly after: number;
  readonly upTo: number;
  /** Anchors up to this place are read too, also behind the last row. */
  readonly anchorsUpTo: number;
  /** Anchors that were kept elsewhere, beside those of the table. */
  readonly kept?: readonly Anchor[];
}

/** Sequences read by one statement. */
const page = 1_000;
/** Anchors read at once: those of a page are at most as many as its sequences. */
const anchorPage = 1_000;

const stateOfChain = statement<{ sequence: number | null; hash: Buffer | null; lastRow: number; lastAnchor: number; begunAt: string | null }>(
  'state_of_audit_chain',
  `select h.sequence, h.hash, coalesce((select l.sequence from audit_logs l where l.tenant_id = $1 order by l.sequence desc limit 1), 0) as "lastRow",
     coalesce((select a.sequence from audit_anchor a where a.tenant_id = $1 order by a.sequence desc limit 1), 0) as "lastAnchor",
     (select t.created_at from tenant t where t.id = $1) as "begunAt"
   from (select 1) one left join audit_head h on h.tenant_id = $1`,
);

/** The columns of a row as a walk takes it; `position` is its instant in full, where a page by key goes on. */
export const chainColumns = `sequence, id, kind, account_id as "accountId", actor_kind as "actorKind", actor_id as "actorId", request_id as "requestId",
  occurred_at as "occurredAt", recorded_at as "recordedAt", data, previous_hash as "previousHash", hash, recorded_at::text as position,
  date_trunc('milliseconds', occurred_at) = occurred_at and date_trunc('milliseconds', recorded_at) = recorded_at as exact`;

/**
 * A page is a span of sequences, not "the next thousand": so whatever plan the database chooses, it never sorts more than
 * the page. A sequence that stands there more than once makes a page longer, up to a bound; the walk sees the second one.
 */
const rowsWithin = statement<ChainRow>(
  'audit_rows_within',
  `select ${chainColumns} from audit_logs where tenant_id = $1 and sequence > $2 and sequence <= $3 order by sequence, recorded_at limit ${4 * page}`,
);
const nextRow = statement<{ sequence: number }>('next_audit_row', 'select sequence from audit_logs where tenant_id = $1 and sequence > $2 and sequence <= $3 order by sequence limit 1');
const anchorColumns = `sequence, hash, anchored_at as "anchoredAt", key_id as "keyId", signature`;
const anchorsBetween = statement<Anchor>('audit_anchors_between', `select ${anchorColumns} from audit_anchor where tenant_id = $1 and sequence > $2 and sequence <= $3 order by sequence limit ${anchorPage}`);
const lastAnchorBefore = statement<Anchor>('last_audit_anchor', `select ${anchorColumns} from audit_anchor where tenant_id = $1 and sequence < $2 and anchored_at < $3::timestamptz order by sequence desc limit 1`);
const firstLacking = statement<{ sequence: number | null; signedAt: string | null }>(
  'audit_anchors_lacking',
  `select min(k.sequence) as sequence, min(k.anchored_at) as "signedAt" from unnest($2::bigint[], $3::bytea[], $4::timestamptz[]) k (sequence, hash, anchored_at)
   where not exists (select from audit_anchor a where a.tenant_id = $1 and a.sequence = k.sequence and a.hash = k.hash)`,
);
const placeAt = statement<ChainPlace>('audit_place', 'select sequence, hash from audit_logs where tenant_id = $1 and sequence = $2 order by recorded_at limit 1');

/** How a tenant's chain stands; head, last row and last anchor of one snapshot. */
export async function readState(sql: Sql, tenantId: Id<'Tenant'>): Promise<ChainState> {
  const [state] = await sql.rows(stateOfChain, [tenantId]);
  const { sequence = null, hash = null, lastRow = 0, lastAnchor = 0, begunAt = null } = state ?? {};
  return { head: sequence === null || hash === null ? null : { sequence, hash }, upTo: Math.max(sequence ?? 0, lastRow), lastAnchor, begunAt };
}

/** The last anchor beside the chain; where one that was kept elsewhere is not there as it was kept, the last before it, by place and by time. */
export async function readLastAnchor(sql: Sql, tenantId: Id<'Tenant'>, kept: readonly Anchor[]): Promise<Anchor | null> {
  const [lacking] = kept.length === 0 ? [] : await sql.rows(firstLacking, [tenantId, kept.map(({ sequence }) => sequence), kept.map(({ hash }) => hash), kept.map(({ anchoredAt }) => anchoredAt)]);
  return (await sql.rows(lastAnchorBefore, [tenantId, lacking?.sequence ?? Number.MAX_SAFE_INTEGER, lacking?.signedAt ?? 'infinity']))[0] ?? null;
}

/** The hash that a row carries, as a place to go on from; null: there is no such row. */
export async function readPlace(sql: Sql, tenantId: Id<'Tenant'>, sequence: number): Promise<ChainPlace | null> {
  return (await sql.rows(placeAt, [tenantId, sequence]))[0] ?? null;
}

/** A part of a chain, page by page, each by statements of its own on a brief snapshot; each anchor behind the row it signs. */
export async function* readChain(briefly: Briefly, { tenantId, after, upTo, anchorsUpTo, kept = [] }: ChainPart): AsyncGenerator<readonly ChainItem[]> {
  const anchorsIn = async (sql: Sql, from: number, to: number): Promise<AnchorItem[]> => {
    const stored = Math.min(to, anchorsUpTo) > from ? await sql.rows(anchorsBetween, [tenantId, from, Math.min(to, anchorsUpTo)]) : [];
    const copies = kept.filter(({ sequence }) => sequence > from && sequence <= to);
    const items = [...stored.map((anchor) => ({ anchor, source: 'stored' as const })), ...copies.map((anchor) => ({ anchor, source: 'kept' as const }))];
    return items.sort((one, other) => one.anchor.sequence - other.anchor.sequence);
  };
  // A row before the first is no fact of the chain, and is to be seen; the anchor of the place to begin behind is wanted, too.
  let [from, anchored] = after === 0 ? [Number.MIN_SAFE_INTEGER, 0] : [after, after - 1];
  while (from < upTo) {
    const [first, signed] = [from, anchored];
    const { items, to } = await briefly(async (sql) => {
      const within = async (start: number) => ({ start, rows: await sql.rows(rowsWithin, [tenantId, start, Math.min(start + page, upTo)]) });
      let found = await within(first);
      if (found.rows.length === 0) {
        // Over a gap in one step, however wide.
        const [next] = await sql.rows(nextRow, [tenantId, first, upTo]);
        found = next ? await within(next.sequence - 1) : { start: upTo, rows: [] };
      }
      const reached = Math.min(found.start + page, upTo);
      const anchors = found.rows.length > 0 ? await anchorsIn(sql, signed, found.rows.at(-1)?.sequence ?? signed) : [];
      return { items: interleave(found.rows, anchors), to: reached };
    });
    for (const item of items) if ('row' in item) anchored = Math.max(anchored, item.row.sequence);
    from = to;
    yield items;
  }
  // Signed places that have no row.
  for (;;) {
    const last = anchored;
    const anchors = await briefly((sql) => anchorsIn(sql, last, Math.max(anchorsUpTo, kept.at(-1)?.sequence ?? 0)));
    if (anchors.length === 0) return;
    yield anchors;
    anchored = anchors.at(-1)?.anchor.sequence ?? last;
  }
}

type AnchorItem = Extract<ChainItem, { anchor: Anchor }>;

function interleave(rows: readonly ChainRow[], anchors: readonly AnchorItem[]): ChainItem[] {
  const items: ChainItem[] = [];
  let next = 0;
  const before = (sequence: number): void => {
    for (let item = anchors[next]; item && item.anchor.sequence < sequence; item = anchors[(next += 1)]) items.push(item);
  };
  for (const row of rows) {
    before(row.sequence);
    items.push({ row });
  }
  before(Infinity);
  return items;
}
