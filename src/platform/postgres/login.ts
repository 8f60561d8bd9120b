import pg from 'pg';

/** The group role that the program's login inherits: it sees and writes rows of the tenant it is bound to. */
export const appRole = 'context_graph_app';
/** The group role that the program steps into for what is no tenant's. */
export const systemRole = 'context_graph_system';

/** Makes the program's login, or mends it: a plain member of the two group roles that owns nothing and has no power of its own. */
export async function ensureLogin(admin: pg.Client, appUrl: string): Promise<void> {
  const { username, password } = new URL(appUrl);
  const name = decodeURIComponent(username);
  if (name === '') throw new Error('The application database URL names no user.');
  if (name === admin.user) {
    throw new Error(`The program must not use the login that owns the tables (${name}): row-level security would not bind it. Name another user in the application database URL; it is made by itself.`);
  }
  const role = pg.escapeIdentifier(name);
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [name]);
  if (rowCount === 0) await admin.query(`create role ${role}`);
  const secret = password === '' ? 'null' : pg.escapeLiteral(decodeURIComponent(password));
  await admin.query(`
    alter role ${role} login password ${secret} nosuperuser nobypassrls nocreatedb nocreaterole noreplication;
    grant ${appRole} to ${role} with inherit true;
    grant ${systemRole} to ${role} with inherit false, set true;
  `);
  await requireOwnsNothing(admin, name);
}

async function requireOwnsNothing(admin: pg.Client, name: string): Promise<void> {
  const { rows } = await admin.query<{ owned: string }>(
    `select pg_describe_object(d.classid, d.objid, d.objsubid) as owned
     from pg_shdepend d join pg_roles r on r.oid = d.refobjid and d.refclassid = 'pg_authid'::regclass
     where r.rolname = $1 and d.deptype = 'o' and d.dbid in (0, (select oid from pg_database where datname = current_database()))
     order by 1 limit 1`,
    [name],
  );
  const [first] = rows;
  if (first) throw new Error(`The program's login ${name} owns ${first.owned}: row-level security does not bind an owner. Give it to another role (reassign owned by), or name another user in the application database URL.`);
}
