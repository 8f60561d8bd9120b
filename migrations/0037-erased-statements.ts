import { Migration } from '@mikro-orm/migrations';

/** Erasing a person reaches what sources said, current or not. */
export class ErasedStatements extends Migration {
  override up(): void {
    this.addSql(digests);
    this.addSql(texts);
    this.addSql(people);
    this.addSql(names);
  }
}

const digests = `
alter table source_statement add column erased jsonb;
comment on column source_statement.erased is 'By field whose text an erasure changed: the keyed digest of the text that the source said, so that the same text is recognised when it is delivered again. Null: no field was changed.';
grant select on personal_text to context_graph_app;
`;

const texts = `
create function erase_from_statements(ids uuid[], olds jsonb[], news jsonb[], digests jsonb[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from unnest(olds, news) as g(old, new) where is_without(g.old, g.new) is not true) then
    raise exception 'only words can be taken out of a text' using errcode = '22023';
  end if;
  -- The digest of what the source said first stays: that is what it sends again.
  update source_statement s set fields = g.new, erased = g.digest || coalesce(s.erased, '{}') from unnest(ids, olds, news, digests) as g(id, old, new, digest)
  where s.tenant_id = app_tenant() and s.id = g.id and s.fields = g.old;
end $$;
comment on function erase_from_statements(uuid[], jsonb[], jsonb[], jsonb[]) is 'Replaces the fields of statements of the transaction''s tenant by the same fields with [erased] in place of words, and nothing else changed. Statements whose fields are not the old ones are left alone.';
revoke all on function erase_from_statements(uuid[], jsonb[], jsonb[], jsonb[]) from public;
grant execute on function erase_from_statements(uuid[], jsonb[], jsonb[], jsonb[]) to context_graph_app;
`;

const people = `
create function erase_statement_people(addresses text[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update source_statement s set fields = s.fields || g.emptied
  from source_statement o cross join lateral (
    select jsonb_object_agg(p.field, null) as emptied from (values ('owner', 'owner_email'), ('csm', 'csm_email'), ('csmManager', 'csm_manager_email')) as p(field, part)
    where lower(o.fields -> p.field ->> p.part) = any(addresses)) g
  where s.tenant_id = app_tenant() and o.tenant_id = s.tenant_id and o.id = s.id and o.node_type = 'Account' and g.emptied is not null
$$;
comment on function erase_statement_people(text[]) is 'Empties owner, customer success manager and their manager of these addresses, given in lower case, in what sources said about accounts: they say that there is none.';
revoke all on function erase_statement_people(text[]) from public;
grant execute on function erase_statement_people(text[]) to context_graph_app;
`;

const names = `
create function erase_from_statement_names(nodes uuid[], olds bytea[], news bytea[], digests text[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update source_statement s set fields = s.fields || jsonb_build_object('name', '\\x' || encode(g.new, 'hex')), erased = jsonb_build_object('name', g.digest) || coalesce(s.erased, '{}')
  from unnest(nodes, olds, news, digests) as g(node, old, new, digest)
  where s.tenant_id = app_tenant() and s.node_type = 'Contact' and s.node_id = g.node and s.fields ->> 'name' = '\\x' || encode(g.old, 'hex')
$$;
comment on function erase_from_statement_names(uuid[], bytea[], bytea[], text[]) is 'Puts sealed names of contacts without an erased person in place of those that named them, in statements; a caller that does not hold what is there cannot change it.';
revoke all on function erase_from_statement_names(uuid[], bytea[], bytea[], text[]) from public;
grant execute on function erase_from_statement_names(uuid[], bytea[], bytea[], text[]) to context_graph_app;
`;
