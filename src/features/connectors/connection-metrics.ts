import { gauge } from '../../platform/metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';

const connections = gauge('vendor_connections', 'Connections to vendors over all tenants, by source and status. A rise of FAILING means that credentials ended or that a vendor is away; `connections` says why.', ['source', 'status']);

const count = statement<{ source: string; status: string; count: number }>(
  'count_connections',
  `select c.source, case when c.paused_at is not null then 'PAUSED' when s.failing_since is not null then 'FAILING' else 'ACTIVE' end as status, count(*)::int as count
   from connection c left join connection_state s on s.tenant_id = c.tenant_id and s.connection_id = c.id where c.removed_at is null group by 1, 2`,
);

/** Brings the gauge of connections up to date. */
export async function measureConnections(database: Pick<Database, 'system'>): Promise<void> {
  const rows = await database.system((sql) => sql.rows(count));
  connections.reset();
  for (const { source, status, count: found } of rows) connections.set({ source, status }, found);
}
