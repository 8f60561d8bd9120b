import { Client } from 'pg';
import { factsOfRequests, passedBy } from './facts.ts';
import type { TestProgram } from './program.ts';

/** How much there is of everything that a refused request could have left behind. */
export interface Traces {
  /** Rows by table, of all tenants. */
  count(): Promise<Record<string, number>>;
  /** How many facts groups on PostgreSQL have not read, added up over the groups. */
  unread(): Promise<number>;
  close(): Promise<void>;
}

const tables = ['account', 'external_ref', 'signal', 'contact', 'opportunity', 'scoring_model', 'api_key'] as const;

/** Looks at a test's database as its owner, past every wall. */
export async function tracesOf(program: TestProgram): Promise<Traces> {
  const owner = new Client({ connectionString: program.testDatabase.adminUrl });
  await owner.connect();
  return {
    async count() {
      const { rows } = await owner.query<Record<string, string>>(`select ${tables.map((table) => `(select count(*) from ${table}) as ${table}`).join(', ')}, (select count(*) from ${factsOfRequests}) as facts`);
      return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([table, count]) => [table, Number(count)]));
    },
    async unread() {
      const { rows } = await owner.query(`select from log_group g cross join audit_logs a where not ${passedBy('g.consumer_group')}`);
      return rows.length;
    },
    close: () => owner.end(),
  };
}
