import { Migration } from '@mikro-orm/migrations';

/** What finds and filters accounts across the tenant: trigram indexes, words of contacts' names, and lists without a parent. */
export class Portfolio extends Migration {
  override up(): void {
    this.addSql(renewal);
    this.addSql(accountSearch);
    this.addSql(contactWords);
    this.addSql(tenantLists);
  }
}

const renewal = `
alter table account add column renewal_on date;
call make_versioned('account');
create index account_by_renewal on account (tenant_id, coalesce(renewal_on, 'infinity'), id);
`;

/*
 * Row-level security keeps LIKE and similarity out of index conditions, because they are not leakproof. So the search
 * runs as the owner, in a function that reads the caller's tenant and no other.
 */
const accountSearch = `
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create function search_form(value text) returns text immutable strict parallel safe language sql as $$
  select normalize(replace(replace(replace(replace(translate(
    regexp_replace(normalize(lower(normalize(value, nfkc)), nfd), '[\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0640\\u064b-\\u065f\\u00ad\\u200b-\\u200f\\u2060\\ufeff]', '', 'g'),
    'øłđðı‘’‐‑–', 'olddi''''---'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), nfc) $$;
comment on function search_form is 'A text as it is compared in searches: without case, accents and invisible characters, as fold.ts folds names.';
create function escape_like(value text) returns text immutable strict parallel safe language sql as $$
  select replace(replace(replace(value, '\\', '\\\\'), '%', '\\%'), '_', '\\_') $$;

create index account_search on account using gin
  (tenant_id, search_form(name) gin_trgm_ops, search_form(website) gin_trgm_ops, search_form(owner_name) gin_trgm_ops, search_form(csm_name) gin_trgm_ops);
create index external_ref_search on external_ref using gin (tenant_id, search_form(external_id) gin_trgm_ops) where node_type = 'Account';

create function domain_of(website text) returns text immutable parallel safe language sql as $$
  select regexp_replace(lower(website), '^([a-z]+://)?(www[.])?([^/:?#]*).*$', '\\3') $$;

create function accounts_named(part text) returns setof uuid stable parallel safe language sql security definer set search_path = public, pg_temp as $$
  select id from account where tenant_id = (select app_tenant()) and search_form(name) like '%' || escape_like(search_form(part)) || '%' $$;
revoke execute on function accounts_named from public;
grant execute on function accounts_named to context_graph_app;

/* Two letters of ASCII are in most names, so they are taken as a beginning; two characters of another script are often a whole name. */
create function search_pattern(searched text) returns text immutable strict parallel safe language sql as $$
  select case when char_length(searched) < 3 and searched ~ '^[ -~]*$' then '' else '%' end || escape_like(searched) || '%' $$;

/* Of more matches than are ranked, the shortest texts are taken: they have the same text and its beginnings among them. */
create function accounts_like(word text, pattern text, most int)
  returns table (account_id uuid, field text, held text) stable parallel safe language sql security definer set search_path = public, pg_temp as $$
  (select id, 'name', name from account where tenant_id = (select app_tenant()) and search_form(name) like pattern order by char_length(name), id limit most)
  union all
  (select id, 'name', name from account where tenant_id = (select app_tenant()) and length(word) > 3 and search_form(name) %> word order by search_form(name) <->> word, id limit most)
  union all
  (select id, 'domain', domain_of(website) from account where tenant_id = (select app_tenant()) and search_form(website) like pattern order by char_length(website), id limit most)
  union all
  (select id, 'owner', owner_name from account where tenant_id = (select app_tenant()) and search_form(owner_name) like pattern order by char_length(owner_name), id limit most)
  union all
  (select id, 'csm', csm_name from account where tenant_id = (select app_tenant()) and search_form(csm_name) like pattern order by char_length(csm_name), id limit most)
  union all
  (select node_id, 'externalRef', external_id from external_ref
   where tenant_id = (select app_tenant()) and node_type = 'Account' and search_form(external_id) like pattern order by char_length(external_id), node_id limit most) $$;
comment on function accounts_like is 'Accounts of the caller''s tenant with a text like the pattern, or a name that resembles the word, both in search form; the caller ranks them.';
revoke execute on function accounts_like from public;
grant execute on function accounts_like to context_graph_app;
`;

const contactWords = `
create table contact_words (
  tenant_id uuid not null,
  contact_id uuid not null,
  words bigint[] not null,
  primary key (tenant_id, contact_id),
  foreign key (tenant_id, contact_id) references contact on delete cascade
);
comment on table contact_words is 'Keyed digests of the beginnings of the words of a contact''s name. They find a sealed name and do not show it.';
call make_tenant_table('contact_words', 'select, insert, update, delete');
create index contact_words_search on contact_words using gin (tenant_id, words);

create function contacts_with_words(asked bigint[], most int) returns setof uuid stable parallel safe language sql security definer set search_path = public, pg_temp as $$
  select contact_id from contact_words where tenant_id = (select app_tenant()) and words @> asked limit most $$;
revoke execute on function contacts_with_words from public;
grant execute on function contacts_with_words to context_graph_app;
`;

/* Signals have none: a list of the tenant's signals follows the primary key, whose ids sort by time. */
const tenantLists = `
create index opportunity_of_tenant_by_time on opportunity (tenant_id, occurred_at, id);
create index opportunity_of_tenant_by_close on opportunity (tenant_id, coalesce(close_date, 'infinity'), id);
create index opportunity_of_tenant_by_amount on opportunity (tenant_id, coalesce(amount_minor, -999999999999999999), id);
create index contact_of_tenant_by_time on contact (tenant_id, occurred_at, id);
create index ticket_of_tenant_by_time on ticket (tenant_id, occurred_at, id);
create index note_of_tenant_by_time on note (tenant_id, occurred_at, id);
create index account_health_by_overall on account_health (tenant_id, overall, account_id) where overall is not null;
create index product_by_name on product (tenant_id, name, account_id);

create function stage_kind(stage text) returns text immutable parallel safe language sql as $$
  select case
    when lower(stage) ~ '(^|[^[:alpha:]])(closed)?lost([^[:alpha:]]|$)' then 'LOST'
    when lower(stage) ~ '(^|[^[:alpha:]])(closed)?won([^[:alpha:]]|$)' then 'WON'
    else 'OPEN' end $$;
comment on function stage_kind is 'What a stage means, by the rule of stage-signal.ts: the words lost and won (closedlost and closedwon, too). A stage with neither is open.';
`;
