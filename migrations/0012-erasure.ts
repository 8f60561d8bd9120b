import { Migration } from '@mikro-orm/migrations';
import { receipts } from './0012-erasure-receipts.ts';

/** What erasing a person takes: which columns hold texts that may name one, the functions that take the person out of them, and receipts. */
export class Erasure extends Migration {
  override up(): void {
    this.addSql(registry);
    this.addSql(jsonTexts);
    this.addSql(finding);
    this.addSql(erasing);
    for (const [table, columns] of Object.entries(freeTexts)) this.addSql(`call make_erasable('${table}', '{${columns}}');`);
    for (const [table, columns] of Object.entries(names)) this.addSql(`call make_erasable('${table}', '{${columns}}', false);`);
    this.addSql(unique);
    this.addSql(sealed);
    this.addSql(contacts);
    this.addSql(profiles);
    this.addSql(receipts);
  }
}

/** make_erasable('x', '{a,b}'): these columns hold what people wrote; erasing a person takes them out, in the past too. With `false`: they hold names of things. */
const registry = `
create table personal_text (
  table_name text not null,
  column_name text not null,
  form text not null check (form in ('text', 'list', 'json', 'key', 'name', 'id')),
  is_free boolean not null,
  primary key (table_name, column_name)
);
comment on table personal_text is 'Columns whose texts may name a person. form: how to look into them; key: what other systems call something; name: must stay unique, and is told apart by its row; id: replaced as a whole by a keyed digest, for what must stay unique and be known again. is_free: whether sentences or names of people stand there, and single words may be taken out.';

create procedure make_erasable(target regclass, columns text[], free boolean default true) language plpgsql as $$
declare
  name text := (select relname from pg_class where oid = target);
  held text;
begin
  foreach held in array array[name, name || '_history'] loop
    continue when to_regclass(quote_ident(held)) is null;
    insert into personal_text
      select held, attname, case when atttypid in ('json'::regtype, 'jsonb'::regtype) then 'json' when atttypid = 'text[]'::regtype then 'list' else 'text' end, free
      from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = any(columns) and not attisdropped;
  end loop;
end $$;
`;

/** JSON is looked into string by string, as each is meant: in its text, escapes stand between words. */
const jsonTexts = `
create function as_jsonb(given json) returns jsonb immutable parallel safe language plpgsql as $$
begin
  return given::jsonb;
exception when others then
  -- What jsonb does not hold (NUL, half of a pair) names nobody.
  return regexp_replace(given::text, '(?<!\\\\)((?:\\\\\\\\)*)\\\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\1\\\\ufffd', 'g')::jsonb;
end $$;
create function as_jsonb(given jsonb) returns jsonb immutable parallel safe language sql as $$ select given $$;

create function json_texts(given jsonb) returns text immutable parallel safe language sql as $$
  select string_agg(written, E'\\n') from (
    select value #>> '{}' as written from jsonb_path_query(given, 'strict $.**') as v(value) where jsonb_typeof(value) in ('string', 'number')
    union all
    select key from jsonb_path_query(given, 'strict $.** ? (@.type() == "object")') as v(value), jsonb_object_keys(value) as k(key)
  ) texts
$$;

create function without_words(given text, anywhere text, nearby text, free text) returns text immutable parallel safe language plpgsql as $$
begin
  if anywhere is not null then given := regexp_replace(given, anywhere, '[erased]', 'g'); end if;
  if nearby is not null then given := regexp_replace(given, nearby, '[erased]', 'g'); end if;
  if free is not null then given := regexp_replace(given, free, '[erased]', 'g'); end if;
  return given;
end $$;

create function without_words(given jsonb, anywhere text, nearby text, free text, parts text) returns jsonb immutable parallel safe language plpgsql as $$
declare
  -- Whether it is the person's own object: one that holds an address of theirs. There, first name and last name are theirs, however common.
  own boolean := jsonb_typeof(given) = 'object' and parts is not null and anywhere is not null and exists (
    select from jsonb_each(given) e where jsonb_typeof(e.value) = 'string' and e.value #>> '{}' ~ anywhere
    union all select from jsonb_each(given) e, jsonb_path_query(e.value, 'strict $[*] ? (@.type() == "string")') s where jsonb_typeof(e.value) = 'array' and s #>> '{}' ~ anywhere);
begin
  case jsonb_typeof(given)
    when 'string' then return to_jsonb(without_words(given #>> '{}', anywhere, nearby, free));
    when 'number' then return case when without_words(given #>> '{}', anywhere, nearby, free) = given #>> '{}' then given else to_jsonb('[erased]'::text) end;
    when 'array' then return (select coalesce(jsonb_agg(without_words(value, anywhere, nearby, free, parts) order by turn), '[]') from jsonb_array_elements(given) with ordinality as e(value, turn));
    when 'object' then return (
      select coalesce(jsonb_object_agg(name || case when name <> key and turn > 1 then ' ' || turn else '' end, case when own and jsonb_typeof(value) = 'string' and value #>> '{}' ~ parts then to_jsonb('[erased]'::text) else without_words(value, anywhere, nearby, free, parts) end), '{}') from (
        select key, value, name, row_number() over (partition by name order by key) as turn
        from jsonb_each(given), lateral (select without_words(key, anywhere, nearby, free) as name) n) members);
    else return given;
  end case;
end $$;
`;

/**
 * Patterns are regular expressions, null for none: $1 names the person wherever it stands, and $2 does in keys of other
 * systems; $3 does near them, in some accounts ($5) and in a row that $1 matches, and $4 there in free texts only. Every text
 * that one of them matches holds one of the words ($6), or of the digits ($7) once what may stand between digits is left
 * out: to look for these first takes half the time. $8 is what a whole member of JSON says beside an address.
 */
const finding = `
create function thing_key(name text) returns text immutable parallel safe language sql as $$
  select regexp_replace(btrim(regexp_replace(lower(name), '[,.;[:space:]]+', ' ', 'g')), ' (?:inc|incorporated|corp|corporation|co|company|llc|ltd|limited|plc|gmbh|ag|kg|se|sa|sas|bv|ab|oy)$', '')
$$;
comment on function thing_key(text) is 'What names of a thing have in common that are one; thingKey in the program is the same.';

create function erased_key(given text) returns text stable language sql as $$
  -- HMAC-SHA-256; the transaction brings the two padded keys, and the database keeps neither.
  select 'erased:' || encode(sha256(decode(right(key, 128), 'hex') || sha256(decode(left(key, 128), 'hex') || convert_to(given, 'UTF8'))), 'hex')
  from nullif(current_setting('app.erasure_key', true), '') as k(key)
$$;
comment on function erased_key(text) is 'What an erasure puts in the place of a key of deduplication or an external id that named a person: who is told the same again knows it by this; nobody reads it. Null where the transaction brought no key.';

create function any_of(words text[]) returns text[] immutable language sql as $$
  select coalesce(array_agg('%' || regexp_replace(lower(word), '([\\\\%_])', '\\\\\\1', 'g') || '%'), '{}') from unnest(words) as w(word)
$$;

create function personal_text_account(held text) returns text stable language sql set search_path = public, pg_temp as $$
  select case when held in ('account', 'account_history') then 't.id'
    when exists (select from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = 'account_id') then 't.account_id' else 'null::uuid' end
$$;

create function personal_text_own(held text) returns text immutable language sql as $$
  select case held when 'dead_letter' then 't.event::text like ''%"'' || app_tenant() || ''"%''' else 't.tenant_id = app_tenant()' end
$$;

create function personal_text_row(held text) returns text immutable language sql as $$
  select case held when 'external_ref' then 't.node_id' when 'outreach_policy' then 't.tenant_id' else 't.id' end
$$;

create function personal_text_filter(held text) returns text stable language sql set search_path = public, pg_temp as $$
  select format('(lower(%1$s) like any($6) or cardinality($7) > 0 and translate(%1$s, E'' ()./-\\u00a0\\u2010\\u2011\\u2012\\u2013'', '''') like any($7))', format('concat_ws(E''\\n'', %s)', string_agg(case form
    when 'json' then format('as_jsonb(t.%I)::text', column_name) when 'list' then format('array_to_string(t.%I, E''\\n'')', column_name) else format('t.%I', column_name) end, ', ' order by column_name)))
  from personal_text where table_name = held
$$;

create function personal_text_near(held text) returns text stable language sql set search_path = public, pg_temp as $$
  select format('coalesce(%s = any($5), false) or coalesce(concat_ws(E''\\n'', %s) ~ $1, false) or coalesce(concat_ws(E''\\n'', %s) ~ $2, false)', personal_text_account(held),
    coalesce(string_agg(case form when 'json' then format('json_texts(as_jsonb(t.%I))', column_name) when 'list' then format('array_to_string(t.%I, E''\\n'')', column_name) else format('t.%I', column_name) end, ', ') filter (where form not in ('key', 'id')), 'null'),
    coalesce(string_agg(format('t.%I', column_name), ', ') filter (where form in ('key', 'id')), 'null'))
  from personal_text where table_name = held
$$;

-- Evidence and snapshots are copies of rows, with their ids.
create function personal_text_changes(held text) returns table (field text, held_type text, before text, after text) stable language sql set search_path = public, pg_temp as $$
  select column_name, (select format_type(atttypid, atttypmod) from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = column_name),
    case form when 'json' then format('as_jsonb(t.%I)', column_name) else format('t.%I', column_name) end,
    case form
      when 'json' then format('without_words(as_jsonb(t.%I), %s, %s, $8)', column_name, case when held in ('action_evidence', 'account_snapshot') then '$2' else '$1' end, near)
      when 'list' then format('array(select without_words(entry, $1, %2$s) from unnest(t.%1$I) with ordinality as e(entry, turn) order by turn)', column_name, near)
      when 'name' then format('replace(without_words(t.%1$I, $1, %2$s), ''[erased]'', ''[erased '' || left(md5(t.id::text), 8) || '']'')', column_name, near)
      when 'key' then format('without_words(t.%I, $2, %s)', column_name, near)
      when 'id' then format('case when without_words(t.%1$I, $2, %2$s) = t.%1$I then t.%1$I else coalesce(erased_key(t.%1$I), ''erased:'' || gen_random_uuid()) end', column_name, near)
      else format('without_words(t.%I, $1, %s)', column_name, near) end
  from personal_text p, lateral (select format('case when %1$s then $3 end, %2$s', personal_text_near(held), case when is_free then format('case when %s then $4 end', personal_text_near(held)) else 'null' end) as near) n
  where p.table_name = held order by column_name
$$;

create function texts_about(anywhere text, in_ids text, nearby text, in_free_texts text, accounts uuid[], words text[], digits text[], parts text)
  returns table (held text, id uuid, account_id uuid, field text, before text, after text) stable language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place text;
  changes text;
begin
  for place in select distinct table_name from personal_text order by 1 loop
    select string_agg(format('(%L, (%s)::text, (%s)::text)', c.field, c.before, c.after), ', ') into changes from personal_text_changes(place) c;
    return query execute format('select %L::text, %s, %s, c.field::text, c.before, c.after from %I t cross join lateral (values %s) as c(field, before, after) where %s and %s and c.before is distinct from c.after',
      place, personal_text_row(place), personal_text_account(place), place, changes, personal_text_own(place), personal_text_filter(place))
      using anywhere, in_ids, nearby, in_free_texts, accounts, any_of(words), any_of(digits), parts;
  end loop;
end $$;
comment on function texts_about(text, text, text, text, uuid[], text[], text[], text) is 'The texts of the transaction''s tenant that name a person, and what would be left of each.';
revoke all on function texts_about(text, text, text, text, uuid[], text[], text[], text) from public;
grant execute on function texts_about(text, text, text, text, uuid[], text[], text[], text) to context_graph_app;
`;

/** The only way by which signals and the past are changed: words are taken out, and nothing else can be. */
const erasing = `
create function erase_texts_about(anywhere text, in_ids text, nearby text, in_free_texts text, accounts uuid[], words text[], digits text[], parts text)
  returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place text;
  changes text;
  changed text;
  rows int;
  total int := 0;
begin
  -- What would match anything names nobody: this door is for names, and cannot be used to empty what must not change.
  if exists (select from unnest(array[anywhere, in_ids, nearby, in_free_texts, parts]) as given(pattern) where '' ~* pattern or 'abcdefghijklmnopqrstuvwxyz 0123456789 {}":,' ~* pattern) then
    raise exception 'a pattern that names nobody' using errcode = '22023';
  end if;
  -- A table before its history: the trigger keeps the version that was current, which must be cleaned, too.
  for place in select distinct table_name from personal_text order by 1 loop
    select string_agg(format('%I = (%s)::%s', field, after, held_type), ', '), string_agg(format('(%s) is distinct from (%s)', before, after), ' or ')
    into changes, changed from personal_text_changes(place);
    execute format('update %I t set %s where %s and %s and (%s)', place, changes, personal_text_own(place), personal_text_filter(place), changed)
      using anywhere, in_ids, nearby, in_free_texts, accounts, any_of(words), any_of(digits), parts;
    get diagnostics rows = row_count;
    total := total + rows;
  end loop;
  return total;
end $$;
comment on function erase_texts_about(text, text, text, text, uuid[], text[], text[], text) is 'Takes a person out of the texts of the transaction''s tenant, past versions and signals included: [erased] stands where they stood.';
revoke all on function erase_texts_about(text, text, text, text, uuid[], text[], text[], text) from public;
grant execute on function erase_texts_about(text, text, text, text, uuid[], text[], text[], text) to context_graph_app;
`;

/** Columns in which people may be named. Those that are not here are numbers, names of kinds, ids, or sealed; a test holds the whole list. */
const freeTexts: Readonly<Record<string, string>> = {
  account: 'owner_name,owner_email,csm_name,csm_email,csm_manager_name,csm_manager_email',
  opportunity: 'next_step',
  activity: 'subject',
  ticket: 'summary,assignee',
  thread: 'author,preview',
  se_mention: 'name',
  manager_flag: 'set_by,note',
  weekly_summary: 'highlights,risks',
  playbook_report: 'content',
  note: 'content,author',
  signal: 'payload',
  profile_field: 'validation_errors',
  scenario: 'conditions',
  dead_letter: 'event,error_message',
};

/** Names of things: whole names of people and addresses are taken out of them, but no single word. */
const names: Readonly<Record<string, string>> = {
  account: 'name,industry,region,website,tier,onboarding_status,champion_status',
  contact: 'title,role',
  opportunity: 'name,stage',
  activity: 'type',
  ticket: 'key,status,labels,url',
  thread: 'url',
  se_mention: 'status',
  manager_flag: 'flag',
  weekly_summary: 'status',
  product: 'name',
  kpi: 'category,parameter,value',
  playbook_trigger: 'playbook_type',
  playbook_execution: 'playbook_id,playbook_name',
  playbook_report: 'playbook_name',
  signal: 'source_event_id,dedupe_key',
  scenario: 'name',
  field_definition: 'display_name,collection_prompt,enum_values',
  api_key: 'name',
  external_ref: 'external_id',
  score_traits: 'industry,region',
};

const unique = `
update personal_text set form = 'id' where (table_name, column_name) in (('signal', 'dedupe_key'), ('external_ref', 'external_id'));
update personal_text set form = 'key' where column_name in ('source_event_id', 'playbook_id', 'url') or table_name in ('ticket', 'ticket_history') and column_name = 'key';
-- What is generated in the table is a column like others in its past.
call make_erasable('account_history', '{name_key}', false);
call make_erasable('scenario_history', '{name_key}', false);
update personal_text set form = 'name' where table_name in ('scenario', 'scenario_history') and column_name in ('name', 'name_key');
`;

/** Texts about others that are sealed with their keys, and name the person who is being erased. */
const sealed = `
create function erase_from_sealed(held text, field text, ids uuid[], olds bytea[], news bytea[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place text;
begin
  if (held, field) not in (('consent', 'source_sealed'), ('consent_decision', 'source_sealed'), ('contact', 'name_sealed')) then
    raise exception 'this is not changed by an erasure' using errcode = '22023';
  end if;
  foreach place in array array[held, held || '_history'] loop
    continue when to_regclass(quote_ident(place)) is null;
    execute format('update %1$I t set %2$I = g.new from unnest($1, $2, $3) as g(id, old, new) where t.tenant_id = app_tenant() and t.id = g.id and t.%2$I = g.old', place, field) using ids, olds, news;
  end loop;
end $$;
comment on function erase_from_sealed(text, text, uuid[], bytea[], bytea[]) is 'Puts sealed texts without an erased person in the place of those that named them, in the past too; who does not hold what is there cannot change it.';
revoke all on function erase_from_sealed(text, text, uuid[], bytea[], bytea[]) from public;
grant execute on function erase_from_sealed(text, text, uuid[], bytea[], bytea[]) to context_graph_app;
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
