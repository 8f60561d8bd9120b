import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import type { ChangePortion } from '../outbound/change-feed.ts';

/** Up to where a stream was taken in. */
export interface StreamPlace {
  readonly place: Buffer | null;
  /** When the vendor last sent something. RFC 3339. */
  readonly heardAt: string;
  /** Whether it has not been followed before. */
  readonly isNew: boolean;
}

const open = statement<StreamPlace>(
  'open_change_stream',
  `insert into change_stream as s (tenant_id, connection_id, stream, heard_at) values ($1, $2, $3, $4)
   on conflict (tenant_id, connection_id, stream) do update set heard_at = s.heard_at returning s.replay_id as place, s.heard_at as "heardAt", old.stream is null as "isNew"`,
);
const move = statement(
  'move_change_stream',
  `update change_stream s set replay_id = coalesce($4, s.replay_id), heard_at = $5, occurred_at = case when $6 then $7 else s.occurred_at end, received_at = case when $6 then $5 else s.received_at end
   where tenant_id = $1 and connection_id = $2 and stream = $3`,
);
const forget = statement<{ heardAt: string }>('forget_place_of_change_stream', 'update change_stream set replay_id = null where tenant_id = $1 and connection_id = $2 and stream = $3 returning heard_at as "heardAt"');
const heard = statement<{ heardAt: string }>('change_stream_heard', 'select heard_at as "heardAt" from change_stream where tenant_id = $1 and connection_id = $2 and stream = $3');

/** Of which stream. */
export interface StreamName {
  readonly connectionId: string;
  readonly stream: string;
}

/** The place of a stream; from now on the stream is known. */
export async function openStream(work: Work, { connectionId, stream }: StreamName): Promise<StreamPlace> {
  const [found] = await work.rows(open, [work.tenantId, connectionId, stream, work.now]);
  if (!found) throw new Error('a stream has no row');
  return found;
}

/** Moves the place behind a portion, in the transaction that stores what it says. */
export async function moveStream(work: Work, { connectionId, stream }: StreamName, { place, changes, occurredAt }: ChangePortion): Promise<void> {
  await work.rows(move, [work.tenantId, connectionId, stream, place, work.now, changes > 0, occurredAt]);
}

/** Forgets a place that the vendor does not keep. Returns when the vendor last sent something. */
export async function forgetPlace(work: Work, { connectionId, stream }: StreamName): Promise<string> {
  const [forgotten] = await work.rows(forget, [work.tenantId, connectionId, stream]);
  return forgotten?.heardAt ?? work.now;
}

/** When the vendor last sent something on a stream. */
export async function lastHeard(work: Work, { connectionId, stream }: StreamName): Promise<string> {
  const [found] = await work.rows(heard, [work.tenantId, connectionId, stream]);
  return found?.heardAt ?? work.now;
}
