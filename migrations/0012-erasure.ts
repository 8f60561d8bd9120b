import { Migration } from '@mikro-orm/migrations';

/** What erasing a person takes: which columns hold texts that may name one, the functions that take the person out of them, and receipts. */
export class Erasure extends Migration {
  override up(): void {
    this.addSql(registry);
    this.addSql(finding);
    this.addSql(erasing);
    for (const [table, columns] of Object.entries(texts)) this.addSql(`call make_erasable('${table}', '{${columns}}');`);
    this.addSql(unique);
    this.addSql(contacts);
    this.addSql(profiles);
    this.addSql(receipts);
  }
}

/** make_erasable('x', '{a,b}'): these columns hold what people wrote; erasing a person takes them out, in the past too. */
const registry = `
create table personal_text (
  table_name text not null,
  column_name text not null,
  form text not null check (form in ('text', 'list', 'json', 'id')),
  primary key (table_name, column_name)
);
comment on table personal_text is 'Columns whose texts may name a person. form: how to look into them; id: replaced as a whole by a random id, for what must stay unique.';

create procedure make_erasable(target regclass, columns text[]) language plpgsql as $$
declare
  name text := (select relname from pg_class where oid = target);
  held text;
begin
  foreach held in array array[name, name || '_history'] loop
    continue when to_regclass(quote_ident(held)) is null;
    insert into personal_text
      select held, attname, case when atttypid in ('json'::regtype, 'jsonb'::regtype) then 'json' when atttypid = 'text[]'::regtype then 'list' else 'text' end
      from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = any(columns) and not attisdropped;
  end loop;
end $$;
`;

/**
 * Patterns are regular expressions, null for none: $1 for what is looked for in the whole tenant, $3 for what is looked
 * for in some accounts ($5) only; $2 and $4 the same as they stand in JSON. Every text that one of them matches holds one of
 * the words ($6), or of the digits ($7) once what may stand between digits is left out: to look for these first takes half
 * the time.
 */
const finding = `
create function personal_text_condition(held text) returns text stable language sql set search_path = public, pg_temp as $$
  select string_agg(case form
    when 'json' then format('(t.%1$I::text ~* $2 or (%2$s) and t.%1$I::text ~* $4)', column_name, near)
    when 'list' then format('(array_to_string(t.%1$I, E''\\n'') ~* $1 or (%2$s) and array_to_string(t.%1$I, E''\\n'') ~* $3)', column_name, near)
    else format('(t.%1$I ~* $1 or (%2$s) and t.%1$I ~* $3)', column_name, near) end, ' or ' order by column_name)
  from personal_text, lateral (select case
    when held in ('account', 'account_history') then 't.id = any($5)'
    when exists (select from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = 'account_id') then 't.account_id = any($5)'
    else 'false' end as near) n
  where table_name = held
$$;

create function any_of(words text[]) returns text[] immutable language sql as $$
  select coalesce(array_agg('%' || regexp_replace(lower(word), '([\\\\%_])', '\\\\\\1', 'g') || '%'), '{}') from unnest(words) as w(word)
$$;

create function personal_text_filter(held text) returns text stable language sql set search_path = public, pg_temp as $$
  select format('(lower(%1$s) like any($6) or cardinality($7) > 0 and translate(%1$s, '' ()./-'', '''') like any($7))', format('concat_ws(E''\n'', %s)', string_agg(case form
    when 'json' then format('t.%I::text', column_name) when 'list' then format('array_to_string(t.%I, E''\n'')', column_name) else format('t.%I', column_name) end, ', ' order by column_name)))
  from personal_text where table_name = held
$$;

create function personal_text_account(held text) returns text stable language sql set search_path = public, pg_temp as $$
  select case when held in ('account', 'account_history') then 't.id'
    when exists (select from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = 'account_id') then 't.account_id' else 'null::uuid' end
$$;

create function personal_text_own(held text) returns text immutable language sql as $$
  select case held when 'dead_letter' then 't.event::text like ''%"'' || app_tenant() || ''"%''' else 't.tenant_id = app_tenant()' end
$$;

create function personal_text_row(held text) returns text immutable language sql as $$
  select case held when 'external_ref' then 't.node_id' else 't.id' end
$$;

create function texts_about(anywhere text, anywhere_json text, nearby text, nearby_json text, accounts uuid[], words text[], digits text[])
  returns table (held text, id uuid, account_id uuid) stable language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place text;
begin
  for place in select distinct table_name from personal_text order by 1 loop
    return query execute format('select %L, %s, %s from %I t where %s and %s and (%s)', place, personal_text_row(place), personal_text_account(place), place, personal_text_own(place), personal_text_filter(place), personal_text_condition(place))
      using anywhere, anywhere_json, nearby, nearby_json, accounts, any_of(words), any_of(digits);
  end loop;
end $$;
comment on function texts_about(text, text, text, text, uuid[], text[], text[]) is 'The rows of the transaction''s tenant whose texts name a person.';
revoke all on function texts_about(text, text, text, text, uuid[], text[], text[]) from public;
grant execute on function texts_about(text, text, text, text, uuid[], text[], text[]) to context_graph_app;
`;

/** The only way by which signals and the past are changed: words are taken out, and nothing else can be. */
const erasing = `
create function without_words(given text, anywhere text, nearby text) returns text immutable language sql as $$
  select case when nearby is null then once else regexp_replace(once, nearby, '[erased]', 'gi') end
  from (select case when anywhere is null then given else regexp_replace(given, anywhere, '[erased]', 'gi') end as once) o
$$;

create function erase_texts_about(anywhere text, anywhere_json text, nearby text, nearby_json text, accounts uuid[], words text[], digits text[])
  returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place text;
  near text;
  changes text;
  rows int;
  total int := 0;
begin
  -- What would match anything names nobody: this door is for names, and cannot be used to empty what must not change.
  if exists (select from unnest(array[anywhere, anywhere_json, nearby, nearby_json]) as given(pattern) where '' ~* pattern or 'abcdefghijklmnopqrstuvwxyz 0123456789 {}":,' ~* pattern) then
    raise exception 'a pattern that names nobody' using errcode = '22023';
  end if;
  -- A table before its history: the trigger keeps the version that was current, which must be cleaned, too.
  for place in select distinct table_name from personal_text order by 1 loop
    near := case personal_text_account(place) when 'null::uuid' then 'null' else format('case when %s = any($5) then %%s end', personal_text_account(place)) end;
    select string_agg(case form
      when 'json' then format('%1$I = without_words(t.%1$I::text, $2, %2$s)::%3$s', column_name, format(near, '$4'), (select format_type(atttypid, atttypmod) from pg_attribute where attrelid = to_regclass(quote_ident(place)) and attname = column_name))
      when 'list' then format('%1$I = array(select without_words(entry, $1, %2$s) from unnest(t.%1$I) with ordinality as e(entry, turn) order by turn)', column_name, format(near, '$3'))
      when 'id' then format('%1$I = case when without_words(t.%1$I, $1, %2$s) = t.%1$I then t.%1$I else ''erased:'' || gen_random_uuid() end', column_name, format(near, '$3'))
      else format('%1$I = without_words(t.%1$I, $1, %2$s)', column_name, format(near, '$3')) end, ', ')
    into changes from personal_text where table_name = place;
    execute format('update %I t set %s where %s and %s and (%s)', place, changes, personal_text_own(place), personal_text_filter(place), personal_text_condition(place))
      using anywhere, anywhere_json, nearby, nearby_json, accounts, any_of(words), any_of(digits);
    get diagnostics rows = row_count;
    total := total + rows;
  end loop;
  return total;
end $$;
comment on function erase_texts_about(text, text, text, text, uuid[], text[], text[]) is 'Takes a person out of the texts of the transaction''s tenant, past versions and signals included: [erased] stands where they stood.';
revoke all on function erase_texts_about(text, text, text, text, uuid[], text[], text[]) from public;
grant execute on function erase_texts_about(text, text, text, text, uuid[], text[], text[]) to context_graph_app;
`;

/** Columns in which people may be named. Those that are not here are numbers, names of kinds, ids, or sealed; a test holds the whole list. */
const texts: Readonly<Record<string, string>> = {
  account: 'name,industry,region,website,tier,owner_name,owner_email,csm_name,csm_email,csm_manager_name,csm_manager_email,onboarding_status,champion_status',
  contact: 'title,role',
  opportunity: 'name,stage,next_step',
  activity: 'type,subject',
  ticket: 'key,summary,status,assignee,labels,url',
  thread: 'author,preview,url',
  se_mention: 'name,status',
  manager_flag: 'flag,set_by,note',
  weekly_summary: 'status,highlights,risks',
  product: 'name',
  kpi: 'category,parameter,value',
  playbook_trigger: 'playbook_type',
  playbook_execution: 'playbook_id,playbook_name',
  playbook_report: 'playbook_name,content',
  note: 'content,author',
  signal: 'source_event_id,dedupe_key,payload',
  profile_field: 'validation_errors',
  scenario: 'conditions',
  dead_letter: 'event,error_message',
  external_ref: 'external_id',
  score_traits: 'industry,region',
};

const unique = `
update personal_text set form = 'id' where (table_name, column_name) in (('signal', 'dedupe_key'), ('external_ref', 'external_id'));
-- What is generated in the table is a column like others in its past.
call make_erasable('account_history', '{name_key}');
`;

/** What stands in the clear about a contact goes with the person. */
const contacts = `
create index contact_history_of_subject on contact_history (tenant_id, subject_id);
create function erase_contacts(subjects uuid[]) returns void language sql security definer set search_path = public, pg_temp as $$
  delete from contact where tenant_id = app_tenant() and subject_id = any(subjects);
  update contact_history set title = null, role = null where tenant_id = app_tenant() and subject_id = any(subjects);
$$;
comment on function erase_contacts(uuid[]) is 'Deletes the contacts of people who are being erased, and empties what stands in the clear about them in the past; what is sealed goes with the key.';
revoke all on function erase_contacts(uuid[]) from public;
grant execute on function erase_contacts(uuid[]) to context_graph_app;

create function erase_account_people(addresses text[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  held text;
  part text;
begin
  foreach held in array array['account', 'account_history'] loop
    foreach part in array array['owner', 'csm', 'csm_manager'] loop
      execute format('update %1$I set %2$I = null, %3$I = null where tenant_id = app_tenant() and lower(%3$I) = any($1)', held, part || '_name', part || '_email') using addresses;
    end loop;
  end loop;
end $$;
comment on function erase_account_people(text[]) is 'Empties owner, customer success manager and their manager of these addresses, given in lower case, in accounts of now and of the past.';
revoke all on function erase_account_people(text[]) from public;
grant execute on function erase_account_people(text[]) to context_graph_app;
`;

/** Values and documents of a whole profile that name a person: sealed with the profile's key, which stays. */
const profiles = `
create or replace function keep_profile_field() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - array['is_current', 'status', 'sys_from', 'value_sealed', 'source_metadata_sealed'] <> to_jsonb(old) - array['is_current', 'status', 'sys_from', 'value_sealed', 'source_metadata_sealed']
     -- An erased value is gone; it never becomes another.
     or (new.value_sealed is not null and new.value_sealed is distinct from old.value_sealed)
     or (new.source_metadata_sealed is not null and new.source_metadata_sealed is distinct from old.source_metadata_sealed) then
    raise exception 'a version of a profile field is never overwritten';
  end if;
  if old.status <> 'ACTIVE' and new.status <> old.status then
    raise exception 'a profile field that is no longer active stays what it is';
  end if;
  return new;
end $$;

create function erase_profile_values(ids uuid[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update profile_field set value_sealed = null, source_metadata_sealed = null where tenant_id = app_tenant() and id = any(ids);
  update profile_field_history set value_sealed = null, source_metadata_sealed = null where tenant_id = app_tenant() and id = any(ids);
$$;
comment on function erase_profile_values(uuid[]) is 'Empties versions of profile fields whose values name a person who is being erased, in the past too.';
create function erase_from_documents(ids uuid[], texts bytea[], names bytea[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update profile_asset t set text_sealed = g.text, name_sealed = g.name from unnest(ids, texts, names) as g(id, text, name) where t.tenant_id = app_tenant() and t.id = g.id;
  update profile_asset_history t set text_sealed = g.text, name_sealed = g.name from unnest(ids, texts, names) as g(id, text, name) where t.tenant_id = app_tenant() and t.id = g.id;
$$;
comment on function erase_from_documents(uuid[], bytea[], bytea[]) is 'Gives documents the name and the text that are left once a person was taken out of them, in the past too.';
revoke all on function erase_profile_values(uuid[]) from public;
revoke all on function erase_from_documents(uuid[], bytea[], bytea[]) from public;
grant execute on function erase_profile_values(uuid[]) to context_graph_app;
grant execute on function erase_from_documents(uuid[], bytea[], bytea[]) to context_graph_app;
create index profile_field_history_of_subject on profile_field_history (tenant_id, subject_id);
create index profile_asset_history_of_subject on profile_asset_history (tenant_id, subject_id);
`;

const receipts = `
create table erasure_receipt (
  tenant_id uuid not null references tenant,
  id uuid not null,
  statement text not null,
  signature bytea not null,
  public_key text not null,
  completed_at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  primary key (tenant_id, id)
);
comment on table erasure_receipt is 'What was erased and when, signed with Ed25519; statement is the text as it was signed. It names the person only by the ids of destroyed keys.';
create index erasure_receipt_by_time on erasure_receipt (tenant_id, completed_at, id);
call make_tenant_table('erasure_receipt', 'select, insert');
`;
