import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { laboratoryEvents } from './laboratory.events.ts';

interface WaitingFact {
  readonly id: Id<'Event'>;
  readonly occurredAt: string;
  readonly actorKind: Actor['kind'];
  readonly actorId: string;
  readonly requestId: string;
  readonly kind: string;
  readonly data: Record<string, unknown>;
}

const mostAtOnce = 200;
const waitingTenants = statement<{ id: Id<'Tenant'> }>('tenants_with_laboratory_facts', 'select distinct tenant_id as id from lab.fact where relayed_at is null order by 1');
const nextActor = statement<{ actorKind: Actor['kind']; actorId: string }>(
  'actor_of_next_laboratory_fact',
  'select actor_kind as "actorKind", actor_id as "actorId" from lab.fact where tenant_id = $1 and relayed_at is null order by id limit 1',
);
// Facts whose transaction is still open are not seen yet, and are taken in the next round: a fact states what is so, in whatever order.
const take = statement<WaitingFact>(
  'take_laboratory_facts',
  `with taken as (
     update lab.fact f set relayed_at = $4 from (
       select id from lab.fact where tenant_id = $1 and relayed_at is null and actor_kind = $2 and actor_id = $3 order by id limit ${mostAtOnce} for update skip locked) w
     where f.tenant_id = $1 and f.id = w.id
     returning f.id, f.occurred_at as "occurredAt", f.request_id as "requestId", f.kind, f.data)
   select * from taken order by id`,
);
const kinds: ReadonlyMap<string, (typeof laboratoryEvents)[number]> = new Map(laboratoryEvents.map((event) => [event.kind, event]));

/**
 * Takes the facts of the laboratory into production's log, each once, with actor and request of whoever caused it: the laboratory's
 * role cannot write there. Runs in production. Returns how many it took.
 */
export async function relayFacts(database: Pick<Database, 'system' | 'transact'>): Promise<number> {
  const tenants = await database.system((sql) => sql.rows(waitingTenants));
  let taken = 0;
  for (const { id: tenantId } of tenants) for (let more = 1; more > 0; taken += more) more = await relayOfTenant(database, tenantId);
  return taken;
}

async function relayOfTenant(database: Pick<Database, 'system' | 'transact'>, tenantId: Id<'Tenant'>): Promise<number> {
  const system: Actor = { kind: 'system', id: 'laboratory' };
  const next = await database.transact({ tenantId, actor: system, requestId: 'relay-laboratory' }, async (work) => (await work.rows(nextActor, [tenantId]))[0]);
  if (!next) return 0;
  const actor: Actor = { kind: next.actorKind, id: next.actorId };
  return database.transact({ tenantId, actor, requestId: 'relay-laboratory' }, async (work) => {
    const facts = await work.rows(take, [tenantId, actor.kind, actor.id, work.now]);
    for (const { id, kind, data, occurredAt, requestId } of facts) {
      const event = kinds.get(kind);
      if (!event) throw new Error(`the laboratory recorded a fact of an unknown kind: ${kind}`);
      work.record({ ...event.fact({ accountId: null, occurredAt, requestId, data: data as never }), id });
    }
    return facts.length;
  });
}
