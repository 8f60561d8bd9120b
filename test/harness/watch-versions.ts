import type { Client } from 'pg';

/** A transaction that changed a table and did not move its tenant's version. */
export interface SilentChange {
  readonly table: string;
  readonly operation: string;
  readonly query: string;
}

const install = `
create table watched_change (tx xid8, tenant_id uuid, name text, operation text, query text);
create table watched_version (tx xid8, tenant_id uuid);
create function watch_change() returns trigger language plpgsql security definer set search_path = public as $$ begin
  if tg_table_name in ('audit_head', 'unrecorded_change') then
    insert into watched_version values (pg_current_xact_id(), coalesce(new.tenant_id, old.tenant_id));
  elsif tg_op <> 'UPDATE' or new is distinct from old then
    insert into watched_change values (pg_current_xact_id(), coalesce(new.tenant_id, old.tenant_id), tg_table_name, tg_op, left(current_query(), 200));
  end if;
  return null;
end $$;
do $$ declare watched regclass; begin
  for watched in select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and c.relname not like 'watched_%' loop
    execute format('create trigger watch_change after insert or update or delete on %s for each row execute function watch_change()', watched);
  end loop;
end $$`;

/** Watches every table of tenants, as their owner. Returns how to tell which changes of these tables, except some, moved no version. */
export async function watchVersions(admin: Client): Promise<(except: readonly string[]) => Promise<SilentChange[]>> {
  await admin.query(install);
  return async (except) => {
    const { rows } = await admin.query<SilentChange>(
      `select distinct name as table, operation, query from watched_change c where name <> all($1::text[])
       and not exists (select from watched_version v where v.tx = c.tx and v.tenant_id = c.tenant_id) order by 1, 2, 3`,
      [except],
    );
    return rows;
  };
}
