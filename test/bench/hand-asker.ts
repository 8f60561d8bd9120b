import { jwtVerify } from 'jose';
import { Pool } from 'pg';
import { issued } from './caller.ts';
import type { HandStatement } from './hand-sql.ts';
import type { PartOptions } from './part.ts';
import { asTenant } from './tenant-url.ts';

/** A row as hand-written code gets it. */
export type Row = Record<string, never>;

/** Asks one page's statements. */
export type Ask = (statement: HandStatement, values: readonly unknown[]) => Promise<Row[]>;

/** How hand-written code reaches the database for one request. */
export interface Asker {
  /** Answers a request by its `authorization` header; throws when that does not hold. */
  answer<Answer>(authorization: string | undefined, body: (ask: Ask) => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

/** The bare form, bound to one tenant for ever, or the guarded form, which checks who asks and reads one snapshot of the tenant's rows. Row-level security holds in both. */
export function openAsker(options: PartOptions): Asker {
  return options.guarded ? openGuarded(options) : openBare(options);
}

function openBare({ databaseUrl, tenantId }: PartOptions): Asker {
  const pool = new Pool({ connectionString: asTenant(databaseUrl, tenantId), max: 20 });
  return {
    answer: (_authorization, body) => body(async (statement, values) => (await pool.query<Row>({ ...statement, values: [tenantId, ...values] })).rows),
    close: () => pool.end(),
  };
}

/** The tenant's binding, the statements and the commit travel together, as the program's do. */
function openGuarded({ databaseUrl, secret }: PartOptions): Asker {
  const pool = new Pool({ connectionString: databaseUrl, max: 20, pipeline: true, options: '-c TimeZone=UTC' });
  const key = new TextEncoder().encode(secret);
  return {
    async answer(authorization, body) {
      const { payload } = await jwtVerify(authorization?.replace(/^Bearer /, '') ?? '', key, { ...issued, algorithms: ['HS256'], requiredClaims: ['exp', 'sub'] });
      const { tenant, roles } = payload;
      if (typeof tenant !== 'string' || !/^[0-9a-f-]{36}$/.test(tenant) || !Array.isArray(roles) || !roles.includes('admin')) throw new Error('forbidden');
      const client = await pool.connect();
      try {
        const begun = client.query(`begin isolation level repeatable read read only; select set_config('app.tenant', '${tenant}', true)`);
        const found = await body(async (statement, values) => (await client.query<Row>({ ...statement, values: [tenant, ...values] })).rows);
        await Promise.all([begun, client.query('commit')]);
        client.release();
        return found;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
