import { escapeIdentifier, escapeLiteral, type Client } from 'pg';

/** The group role that the program's login inherits: it sees and writes rows of the tenant it is bound to. */
export const appRole = 'context_graph_app';
/** The group role that the program steps into for what is no tenant's. */
export const systemRole = 'context_graph_system';
/** The group role of the laboratory: it reads what a replay needs and writes the schema `lab` alone. */
export const labRole = 'context_graph_lab';

const powers = ['superuser', 'bypassrls', 'createdb', 'createrole', 'replication'] as const;

/** Makes the program's login, or mends it: a plain member of the three group roles that owns nothing and has no power of its own. */
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
