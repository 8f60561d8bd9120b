import { Migration } from '@mikro-orm/migrations';

/** Erasure finds names in the program, by one folding; the database finds candidates, and lets nothing be written but texts with words taken out. */
export class ErasureNames extends Migration {
  override up(): void {
    this.addSql(dropped);
    this.addSql(folding);
    this.addSql(candidates);
    this.addSql(writing);
  }
}

const dropped = `
drop function erase_texts_about(text, text, text, text, uuid[], text[], text[], text);
drop function texts_about(text, text, text, text, uuid[], text[], text[], text);
drop function personal_text_changes(text);
drop function personal_text_near(text);
drop function personal_text_filter(text);
drop function without_words(jsonb, text, text, text, text);
drop function without_words(text, text, text, text);
`;

const folding = `
create function seen(given text) returns text immutable parallel safe language sql as $$
  -- Most texts need no more: ASCII, and Chinese, Japanese and Korean as it is usually written.
  select case when octet_length(given) = length(given) or given !~ '[^\\u0001-\\u007f\\u3000-\\u3029\\u3041-\\u3096\\u30a1-\\u30fc\\u3400-\\u9fff\\uac00-\\ud7a3\\uff01\\uff0c]' then lower(given) else
    lower(normalize(regexp_replace(normalize(replace(replace(replace(replace(lower(translate(given, U&'\\0130\\0131', 'ii')), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), NFKD),
      '[\\u00ad\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0600-\\u0605\\u061c\\u0640\\u064b-\\u065f\\u06dd\\u070f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0]', '', 'g'), NFC)) end
$$;
comment on function seen(text) is 'A text without case, width, accents and what cannot be seen, to look for candidates in. The program decides what names a person: fold in src/platform/fold.ts.';
`;

/**
 * Columns that may name a person are read in portions, in the order of tables and ids; a row comes with all its columns.
 * The words ($5) are looked for everywhere, short ones ($6) with the expression that tells them apart ($7), those of $8 in
 * the accounts ($4) only, and digits ($9) once what stands between digits is left out. What is escaped hides words, and is
 * read by the program.
 */
const candidates = `
create function personal_text_value(form text, column_name text) returns text immutable language sql as $$
  select case form when 'json' then format('t.%I::text', column_name) when 'list' then format('to_json(t.%I)::text', column_name) else format('t.%I', column_name) end
$$;

create function texts_to_search(after_place text, after_id uuid, most int, accounts uuid[], words text[], short_words text[], short_pattern text, near_words text[], digits text[], only_places text[])
  returns table (held text, id uuid, account_id uuid, fields text[], forms text[], free boolean[], told text[]) stable language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place text;
  columns text;
  plain text;
  found int;
  room int := most;
  words_like text[] := any_of(words);
  short_like text[] := any_of(short_words);
  near_like text[] := any_of(near_words);
  digits_like text[] := any_of(digits);
begin
  for place in select distinct table_name from personal_text where table_name >= after_place and (only_places is null or table_name = any(only_places)) order by 1 loop
    select format('array[%s]::text[], array[%s]::text[], array[%s]::boolean[], array[%s]::text[]',
        string_agg(quote_literal(column_name), ', ' order by column_name), string_agg(quote_literal(case when form = 'list' then 'json' else form end), ', ' order by column_name),
        string_agg(is_free::text, ', ' order by column_name), string_agg(personal_text_value(form, column_name), ', ' order by column_name)),
      format('concat_ws(E''\\n'', %s)', string_agg(case form when 'json' then format('as_jsonb(t.%I)::text', column_name) when 'list' then format('array_to_string(t.%I, E''\\n'')', column_name) else format('t.%I', column_name) end, ', ' order by column_name))
    into columns, plain from personal_text where table_name = place;
    return query execute format($q$
      select $1::text, %s, %s, %s
      from %I t cross join lateral (select seen(%s) as seen offset 0) x
      where %s and %s > $2
        and (x.seen like any($5)
          or cardinality($6) > 0 and x.seen like any($6) and x.seen ~ $7
          or cardinality($8) > 0 and %s = any($4) and x.seen like any($8)
          or cardinality($9) > 0 and translate(x.seen, ' ()./-'||chr(10)||U&'\\2010\\2011\\2012\\2013', '') like any($9)
          or (strpos(x.seen, '%%') > 0 or strpos(x.seen, '&') > 0 or strpos(x.seen, chr(92)) > 0) and x.seen ~ '%%[c-f][0-9a-f]|\\\\u[0-9a-f]{4}|&[#a-z]')
      order by %s fetch first $3 rows with ties $q$,
      personal_text_row(place), personal_text_account(place), columns, place, plain, personal_text_own(place), personal_text_row(place), personal_text_account(place), personal_text_row(place))
      using place, case when place = after_place then after_id else '00000000-0000-0000-0000-000000000000' end, room, accounts, words_like, short_like, short_pattern, near_like, digits_like;
    get diagnostics found = row_count;
    room := room - found;
    exit when room <= 0;
  end loop;
end $$;
comment on function texts_to_search(text, uuid, int, uuid[], text[], text[], text, text[], text[], text[]) is 'Rows of the transaction''s tenant whose texts may name a person, a portion at a time; the program decides. With every version of a row in one portion.';
revoke all on function texts_to_search(text, uuid, int, uuid[], text[], text[], text, text[], text[], text[]) from public;
grant execute on function texts_to_search(text, uuid, int, uuid[], text[], text[], text, text[], text[], text[]) to context_graph_app;
`;

/** The only way by which signals and the past are changed: words are taken out, and nothing else can be. */
const writing = `
create function is_without(old text, new text) returns boolean immutable language sql as $$
  select old = new or strpos(new, '[erased]') > 0 and old like replace(regexp_replace(new, '([\\\\%_])', '\\\\\\1', 'g'), '[erased]', '%')
    -- An address has 320 characters at most, each of which may be written in up to twelve.
    and length(old) - length(new) <= 4000 * ((length(new) - length(replace(new, '[erased]', ''))) / 8)
$$;
comment on function is_without(text, text) is 'Whether a text is another with [erased] in the place of some words, and nothing else.';

create function is_without(old jsonb, new jsonb) returns boolean immutable language sql as $$
  select case
    when old = new then true
    when jsonb_typeof(old) = 'string' and jsonb_typeof(new) = 'string' then is_without(old #>> '{}', new #>> '{}')
    when jsonb_typeof(old) = 'number' then new = '"[erased]"'
    when jsonb_typeof(old) = 'array' and jsonb_typeof(new) = 'array' then jsonb_array_length(old) = jsonb_array_length(new) and not exists (
      select from jsonb_array_elements(old) with ordinality as o(value, turn) join jsonb_array_elements(new) with ordinality as n(value, turn) using (turn) where not is_without(o.value, n.value))
    when jsonb_typeof(old) = 'object' and jsonb_typeof(new) = 'object' then (select count(*) from jsonb_object_keys(old)) = (select count(*) from jsonb_object_keys(new)) and not exists (
      select from jsonb_each(new) n where not exists (
        select from jsonb_each(old) o where (o.key = n.key or strpos(n.key, '[erased]') > 0 and is_without(o.key, regexp_replace(n.key, ' [0-9]+$', ''))  or strpos(n.key, '[erased]') > 0 and is_without(o.key, n.key)) and is_without(o.value, n.value)))
    else false end
$$;

create function erase_from_texts(place text, ids uuid[], olds jsonb[], news jsonb[]) returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changes text;
  same text;
  honest text;
  rows int;
  refused int;
begin
  if not exists (select from personal_text where table_name = place) then
    raise exception 'this is not changed by an erasure' using errcode = '22023';
  end if;
  select string_agg(format('%1$I = case when g.new ? %1$L then %2$s else t.%1$I end', column_name, case form
      when 'json' then format('(g.new ->> %L)::%s', column_name, (select format_type(atttypid, atttypmod) from pg_attribute where attrelid = to_regclass(quote_ident(place)) and attname = column_name))
      when 'list' then format('array(select json_array_elements_text((g.new ->> %L)::json))', column_name)
      when 'name' then format('replace(g.new ->> %L, ''[erased]'', ''[erased '' || left(md5(t.id::text), 8) || '']'')', column_name)
      when 'id' then format('coalesce(erased_key(t.%I), ''erased:'' || gen_random_uuid())', column_name)
      else format('g.new ->> %L', column_name) end), ', '),
    string_agg(format('%s is not distinct from g.old ->> %L', personal_text_value(form, column_name), column_name), ' and '),
    string_agg(format('(not new ? %1$L or %2$s)', column_name, case when form in ('json', 'list') then format('is_without(as_jsonb((old ->> %1$L)::json), as_jsonb((new ->> %1$L)::json))', column_name) else format('is_without(old ->> %1$L, new ->> %1$L)', column_name) end), ' and ')
  into changes, same, honest from personal_text where table_name = place;
  execute format('select count(*) from unnest($1, $2) as g(old, new) where (%s) is not true', honest) into refused using olds, news;
  if refused > 0 then
    raise exception 'only words can be taken out of a text' using errcode = '22023';
  end if;
  execute format('update %I t set %s from unnest($1, $2, $3) as g(id, old, new) where %s and %s = g.id and %s', place, changes, personal_text_own(place), personal_text_row(place), same) using ids, olds, news;
  get diagnostics rows = row_count;
  return rows;
end $$;
comment on function erase_from_texts(text, uuid[], jsonb[], jsonb[]) is 'Puts texts without a person in the place of those that named them, past versions and signals included. By column: all that is there, which must be so still, and what is left where it changes, in which [erased] stands for words and nothing else is changed.';
revoke all on function erase_from_texts(text, uuid[], jsonb[], jsonb[]) from public;
grant execute on function erase_from_texts(text, uuid[], jsonb[], jsonb[]) to context_graph_app;
-- As of the function that it replaces: what never changes otherwise lets an erasure pass.
alter function erase_from_texts(text, uuid[], jsonb[], jsonb[]) set app.erasing = 'on';
`;
