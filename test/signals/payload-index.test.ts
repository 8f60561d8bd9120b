import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
  const account = parseGlobalId(await program.account('busy'))?.id;
  await program.admin.query(
    `insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id)
     select $1, uuidv7(), $2, 'page_view', 'web', 'gin-' || i, now(), now(), jsonb_build_object('page', i, 'site', 'main'), 'test' from generate_series(1, 20000) i`, [program.tenant, account]);
  await program.admin.query('analyze signal');
});
afterAll(() => program.close());

const query = 'query ($payload: JSONObject!) { signals(first: 5, filter: { payloadContains: $payload }) { totalCount totalCountIsExact edges { node { payload } } } }';
interface Page {
  readonly signals: { readonly totalCount: number; readonly totalCountIsExact: boolean; readonly edges: readonly { readonly node: { readonly payload: unknown } }[] };
}

test.each([
  [{ page: 777 }, 1, true],
  [{ page: 0 }, 0, true],
  [{ site: 'main' }, 10_000, false],
  [{}, 10_000, false],
])('signals of the tenant by a payload that contains %j', async (payload, count, isExact) => {
  const { signals } = await program.see<Page>(query, { payload });
  expect(signals).toMatchObject({ totalCount: count, totalCountIsExact: isExact });
  for (const { node } of signals.edges) expect(node.payload).toMatchObject(payload);
});

/** The plans of the statements inside a call, as the role of the program. */
async function plansOf(tenant: string, payload: object): Promise<{ plans: string; found: number }> {
  const notices: string[] = [];
  const listen = ({ message }: { readonly message?: string | undefined }): void => void notices.push(message ?? '');
  program.admin.on('notice', listen);
  try {
    await program.admin.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set client_min_messages = log`);
    await program.admin.query(`begin; set local role context_graph_app; select set_config('app.tenant', '${tenant}', true)`);
    const { rows } = await program.admin.query('select id from signals_with_payload($1, 1001) as id', [JSON.stringify(payload)]);
    return { plans: notices.join('\n'), found: rows.length };
  } finally {
    await program.admin.query('rollback; reset auto_explain.log_min_duration; reset client_min_messages');
    program.admin.off('notice', listen);
  }
}

test('the index on payloads is used under row-level security, and shows no other tenant anything', async () => {
  const own = await plansOf(program.tenant, { page: 777 });
  expect(own.plans).toContain('Bitmap Index Scan on signal_payload');
  expect(own.found).toBe(1);
  expect((await plansOf(program.otherTenant, { page: 777 })).found).toBe(0);
  expect((await plansOf(program.tenant, { site: 'main' })).found).toBe(1_001);
});

test.each([{ site: 'main' }, { page: 777 }])('what other tenants hold costs nothing, so that no time tells of it: %j', async (payload) => {
  const { plans, found } = await plansOf(program.otherTenant, payload);
  expect(found).toBe(0);
  expect(plans).toMatch(/Index Cond: .*tenant_id = /);
  expect(plans).not.toContain('Seq Scan');
});
