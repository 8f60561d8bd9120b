import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';

const patience = 180_000;
const pause = 20;

/** Where consumers read copies of events: what the outbox still has, and what lies behind the cursors of some groups. */
const waitingOnBus = (groups: string): string => `select exists (select from outbox) or exists (
  select from (select distinct consumer_group, topic from bus_cursor where ${groups}) g join bus_partition p using (topic)
  left join bus_cursor c on c.consumer_group = g.consumer_group and c.topic = p.topic and c.partition = p.partition
  where p.next_offset > coalesce(c.next_offset, 0)) as waiting`;

/** Where consumers read the audit chain by position: facts of a group's kinds behind its position. */
const waitingInLog = (groups: string): string => `select exists (
  select from audit_head h cross join log_group g
  left join log_cursor c on c.consumer_group = g.consumer_group and c.tenant_id = h.tenant_id
  left join log_start s on s.tenant_id = h.tenant_id
  where ${groups} and exists (
    select from audit_logs l where l.tenant_id = h.tenant_id and l.sequence >= greatest(c.next_sequence, s.next_sequence, 1) and l.kind = any(g.kinds))) as waiting`;

/** Resolves once the context engine has taken in every fact so far; returns the milliseconds since `from`. For a program without Kafka. */
export async function scoresCaughtUp(admin: Client, from: number): Promise<number> {
  await untilRead(admin, 'the scores', { bus: `consumer_group = 'context-engine' and topic in ('signal.ingested', 'account.changed')`, log: `g.consumer_group = 'context-engine'` });
  return performance.now() - from;
}

/** Resolves once every consumer group has taken in every fact so far. For a program without Kafka. */
export function consumersCaughtUp(admin: Client): Promise<void> {
  return untilRead(admin, 'the consumers', { bus: 'true', log: 'true' });
}

async function untilRead(admin: Client, who: string, groups: { readonly bus: string; readonly log: string }): Promise<void> {
  const text = (await hasTable(admin, 'log_cursor')) ? waitingInLog(groups.log) : waitingOnBus(groups.bus);
  await until(who, async () => (await admin.query<{ waiting: boolean }>(text)).rows[0]?.waiting === false);
}

/** How many facts the context engine has taken in, whatever carries them. */
export async function factsScored(admin: Client): Promise<number> {
  const byBlock = (await hasTable(admin, 'inbox_block')) ? `+ (select coalesce(sum(bit_count(seen)), 0) from inbox_block where consumer = 'context-engine')` : '';
  const { rows } = await admin.query<{ count: string }>(`select (select count(*) from inbox where consumer = 'context-engine') ${byBlock} as count`);
  return Number(rows[0]?.count);
}

/** Asks again and again until the answer is yes. Throws after three minutes. */
export async function until(who: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patience; !(await isSo()); await wait(pause)) {
    if (performance.now() > end) throw new Error(`${who} did not catch up within ${patience / 1_000} s`);
  }
}

async function hasTable(admin: Client, name: string): Promise<boolean> {
  return (await admin.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name])).rows[0]?.there === true;
}
