import { Field, ID, ObjectType } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { erasureRequested } from './erasure.events.ts';

/** That a source asks for a contact to be erased. */
export interface ErasureRequested {
  readonly contactId: string;
  readonly source: string;
  readonly requestedAt: string;
}

const insert = statement<{ contactId: string; source: string }>(
  'insert_erasure_requests',
  `insert into erasure_request (tenant_id, contact_id, source, requested_at, recorded_at) select $1, contact_id, source, requested_at, $5 from unnest($2::uuid[], $3::text[], $4::timestamptz[]) as r(contact_id, source, requested_at) order by contact_id, source
   on conflict do nothing returning contact_id as "contactId", source`,
);

/** Notes that sources ask for contacts to be erased, each once. The erasure itself is a privacy officer's decision: it cannot be taken back. */
export async function requestErasures(work: Work, requests: readonly ErasureRequested[]): Promise<void> {
  if (requests.length === 0) return;
  const made = await work.rows(insert, [work.tenantId, requests.map(({ contactId }) => contactId), requests.map(({ source }) => source), requests.map(({ requestedAt }) => requestedAt), work.now]);
  for (const { contactId, source } of made) work.record(erasureRequested.fact({ accountId: null, data: { contactId, source } }));
}

/** A source's request to erase a contact. */
@ObjectType('ErasureRequest', { simpleResolvers: true, description: 'A source asks for a contact to be erased, because the person asked it to.' })
export class ErasureRequest {
  @Field(() => ID, { description: 'The contact, for `erasurePreview` and `eraseSubject`. It is retired, and leaves lists, until it is erased.' })
  contactId!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The source: `hubspot`.' })
  source!: string;

  @Field(() => DateTime, { description: 'When the person was erased at the source. UTC.' })
  requestedAt!: string;

  @Field(() => DateTime, { description: 'When the request arrived. UTC.' })
  recordedAt!: string;
}

/** The most requests that are listed. */
export const mostRequests = 100;
const open = statement<ErasureRequest>(
  'open_erasure_requests',
  `select r.contact_id as "contactId", r.source, r.requested_at as "requestedAt", r.recorded_at as "recordedAt" from erasure_request r
   where r.tenant_id = $1 and exists (select from source_statement s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id where s.tenant_id = $1 and s.node_id = r.contact_id and k.destroyed_at is null)
   order by r.recorded_at, r.contact_id, r.source limit ${mostRequests}`,
);

/** Requests about contacts of whom something is held, the oldest first. */
export async function openErasureRequests(call: Call): Promise<ErasureRequest[]> {
  return (await call.read.rows(open, [call.tenantId])).map((row) => ({ ...row, contactId: toGlobalId('Contact', row.contactId) }));
}
