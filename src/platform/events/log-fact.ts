import type { Envelope } from './event.ts';

/** A row of the audit chain, as it becomes an event. */
export interface LogFact {
  readonly tenantId: string;
  readonly sequence: number;
  readonly id: string;
  readonly kind: string;
  readonly version: number;
  readonly accountId: string | null;
  readonly actorKind: Envelope['actor']['kind'];
  readonly actorId: string;
  readonly requestId: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly data: Record<string, unknown>;
}

/** The columns of `LogFact`, of a row of `audit_logs` by the name `l`. */
export const factColumns = `l.tenant_id as "tenantId", l.sequence, l.id, l.kind, l.version, l.account_id as "accountId", l.actor_kind as "actorKind", l.actor_id as "actorId",
  l.request_id as "requestId", l.occurred_at as "occurredAt", l.recorded_at as "recordedAt", l.data`;

/** The event that a fact of the chain is on every bus. */
export function envelopeOf(fact: LogFact): Envelope {
  const { id, tenantId, kind, version, accountId, sequence, actorKind, actorId, requestId, occurredAt, recordedAt, data } = fact;
  return { id, tenantId, kind, version, accountId, sequence, actor: { kind: actorKind, id: actorId }, requestId, occurredAt, recordedAt, data };
}
