import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { benchToken } from './caller.ts';
import { measureWarm } from './warm.ts';
const db = JSON.parse(readFileSync('/tmp/rs/db.json', 'utf8'));
const a = new Client({ connectionString: db.adminUrl }); await a.connect();
await a.query(`create or replace function chain_sequence(tenant uuid) returns bigint volatile language plpgsql as $$ begin
  perform set_config('app.tenant', tenant::text, true);
  return (select sequence from audit_head where tenant_id = tenant);
end $$;`); await a.end();
const secret = 'x'.repeat(40);
await measureWarm({ databaseUrl: db.url, tenantId: db.tenantId, masterKey: db.masterKey, secret, url: '' }, db.adminUrl, await benchToken(secret, db.tenantId), { requests: 200, mostSeconds: 3 });
