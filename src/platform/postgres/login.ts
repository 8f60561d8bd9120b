import { createHmac } from 'node:crypto';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';

/** The group role that the program's login inherits: it sees and writes rows of the tenant it is bound to. */
export const appRole = 'context_graph_app';
/** The group role that the program steps into for what is no tenant's. */
export const systemRole = 'context_graph_system';
/** The group role of the laboratory: it reads what a replay needs and writes the schema `lab` alone. */
export const labRole = 'context_graph_lab';

const powers = ['superuser', 'bypassrls', 'createdb', 'createrole', 'replication'] as const;

/** Makes the program's login and that of the laboratory, or mends them. The first is a plain member of the three group roles that owns nothing and has no power of its own. */
export async function ensureLogin(admin: Client, appUrl: string): Promise<void> {
  const { username, password } = new URL(appUrl);
  const name = decodeURIComponent(username);
  if (name === '') throw new Error("The program's database URL names no user. Name one; it is made by itself.");
  if (name === admin.user) {
    throw new Error(`The program must not log in as ${name}, which owns the tables: row-level security would not bind it. Name another user in the program's database URL; it is made by itself.`);
  }
  const role = escapeIdentifier(name);
  const { rows } = await admin.query<Record<string, boolean>>(
    'select rolsuper superuser, rolbypassrls bypassrls, rolcreatedb createdb, rolcreaterole createrole, rolreplication replication from pg_roles where rolname = $1',
    [name],
  );
  const [found] = rows;
  if (!found) await admin.query(`create role ${role}`);
  // Only what must change: an administrator who is no superuser may not even take away what is not there.
  const taken = powers.filter((power) => found?.[power]).map((power) => `no${power}`);
  const secret = password === '' ? 'null' : escapeLiteral(decodeURIComponent(password));
  await admin.query(`
    alter role ${role} login password ${secret} ${taken.join(' ')};
    grant ${appRole} to ${role} with inherit true;
    grant ${systemRole} to ${role} with inherit false, set true;
    grant ${labRole} to ${role} with inherit false, set true;
  `);
  await requireOwnsNothing(admin, name);
  await ensureLaboratoryLogin(admin, appUrl);
}

/**
 * The URL of a process in laboratory mode: a login beside the program's own that is a member of the laboratory's role and of
 * nothing else, so that not even a fault of the program can write production with it. Its password follows from the program's.
 */
export function laboratoryUrl(appUrl: string): string {
  const url = new URL(appUrl);
  const password = decodeURIComponent(url.password);
  url.username = `${url.username}_laboratory`;
  if (password !== '') url.password = createHmac('sha256', password).update('context-graph laboratory').digest('base64url');
  return url.href;
}

async function ensureLaboratoryLogin(admin: Client, appUrl: string): Promise<void> {
  const { username, password } = new URL(laboratoryUrl(appUrl));
  const name = decodeURIComponent(username);
  const { rows } = await admin.query('select from pg_roles where rolname = $1', [name]);
  const role = escapeIdentifier(name);
  if (rows.length === 0) await admin.query(`create role ${role}`);
  await admin.query(`
    alter role ${role} login password ${password === '' ? 'null' : escapeLiteral(password)};
    grant ${labRole} to ${role} with inherit true, set true;
  `);
  await requireOwnsNothing(admin, name);
}

async function requireOwnsNothing(admin: Client, name: string): Promise<void> {
  const { rows } = await admin.query<{ owned: string }>(
    `select pg_describe_object(d.classid, d.objid, d.objsubid) as owned
     from pg_shdepend d join pg_roles r on r.oid = d.refobjid and d.refclassid = 'pg_authid'::regclass
     where r.rolname = $1 and d.deptype = 'o' and d.dbid in (0, (select oid from pg_database where datname = current_database()))
     order by 1 limit 1`,
    [name],
  );
  const [first] = rows;
  if (first) throw new Error(`The program's login ${name} owns ${first.owned}: row-level security does not bind an owner. Give it to another role (reassign owned by), or name another user in the program's database URL.`);
}
