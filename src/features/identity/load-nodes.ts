import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';

type Reading = Sql & { readonly tenantId: string };

const survivors = statement<{ id: string; survivorId: string }>(
  'survivors_of_nodes',
  `select a.id, coalesce(i.survivor_id, a.id) as "survivorId" from unnest($2::uuid[]) as a(id) left join node_identity i on i.tenant_id = $1 and i.id = a.id`,
);

/** The nodes that some nodes count for. */
export async function survivorsOf(sql: Reading, ids: readonly string[]): Promise<Map<string, string>> {
  return new Map((await sql.rows(survivors, [sql.tenantId, [...new Set(ids)]])).map(({ id, survivorId }) => [id, survivorId]));
}

/** An account, as far as matching looks at it. */
export interface MatchedAccount {
  readonly id: Id<'Account'>;
  readonly name: string;
  readonly website: string | null;
  readonly isStub: boolean;
  /** Where the account is at vendors, as sources state it. */
  readonly slackChannelId: string | null;
  readonly jiraProjectKey: string | null;
  readonly notionPageId: string | null;
}

const accounts = statement<MatchedAccount>('accounts_to_match', `select id, name, website, is_stub as "isStub", slack_channel_id as "slackChannelId", jira_project_key as "jiraProjectKey", notion_page_id as "notionPageId" from account where tenant_id = $1 and id = any($2::uuid[])`);

/** The current accounts among some ids. */
export const accountsToMatch = (sql: Reading, ids: readonly string[]): Promise<MatchedAccount[]> => sql.rows(accounts, [sql.tenantId, ids]);

/** A contact, as far as matching looks at it; what names the person is sealed. */
export interface MatchedContact {
  readonly id: Id<'Contact'>;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  readonly name: Buffer | null;
  readonly email: Buffer | null;
  readonly wrapped: Buffer | null;
}

const contacts = statement<MatchedContact>(
  'contacts_to_match',
  `select c.id, c.account_id as "accountId", c.subject_id as "subjectId", c.name_sealed as name, c.email_sealed as email, k.wrapped_key as wrapped
   from contact c join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id where c.tenant_id = $1 and c.id = any($2::uuid[])`,
);

/** The current contacts among some ids. */
export const contactsToMatch = (sql: Reading, ids: readonly string[]): Promise<MatchedContact[]> => sql.rows(contacts, [sql.tenantId, ids]);

// What was a contact of theirs, too: of an account that was retired or merged none is left.
const ofAccounts = statement<{ id: string }>(
  'contacts_of_accounts_to_match',
  `select id from contact where tenant_id = $1 and account_id = any($2::uuid[]) union select id from contact_history where tenant_id = $1 and account_id = any($2::uuid[])`,
);

/** The contacts that some accounts have or had. */
export async function contactsOfAccounts(sql: Reading, accountIds: readonly string[]): Promise<string[]> {
  return (await sql.rows(ofAccounts, [sql.tenantId, accountIds])).map(({ id }) => id);
}

/** An address of a contact, sealed. */
export interface AddressOfAccount {
  readonly accountId: string;
  readonly email: Buffer;
  readonly wrapped: Buffer | null;
}

/** The most contacts of an account whose domains are compared: the latest. */
const mostContacts = 200;
const addresses = statement<AddressOfAccount>(
  'addresses_of_accounts_to_match',
  `select c.account_id as "accountId", c.email_sealed as email, k.wrapped_key as wrapped from unnest($2::uuid[]) as a(id)
   cross join lateral (select account_id, email_sealed, subject_id from contact where tenant_id = $1 and account_id = a.id and email_sealed is not null order by occurred_at desc, id desc limit ${mostContacts}) c
   join subject_key k on k.tenant_id = $1 and k.subject_id = c.subject_id`,
);

/** The addresses of the contacts of some accounts. */
export const addressesToMatch = (sql: Reading, accountIds: readonly string[]): Promise<AddressOfAccount[]> => sql.rows(addresses, [sql.tenantId, accountIds]);

/** A reference of a node or of one that was merged into it. */
export interface ReferenceOfNode {
  readonly nodeId: string;
  readonly system: string;
  readonly id: string;
}

const references = statement<ReferenceOfNode>(
  'references_to_match',
  `with own as (
     select id, id as survivor from unnest($2::uuid[]) as o(id)
     union select id, survivor_id from node_identity where tenant_id = $1 and survivor_id = any($2::uuid[]) and survivor_id <> id)
   select o.survivor as "nodeId", r.system, r.external_id as id from own o join external_ref r on r.tenant_id = $1 and r.node_id = o.id order by r.system, r.external_id`,
);

/** The references of some nodes, in order. */
export async function referencesToMatch(sql: Reading, nodeIds: readonly string[]): Promise<Map<string, ReferenceOfNode[]>> {
  return Map.groupBy(await sql.rows(references, [sql.tenantId, nodeIds]), ({ nodeId }) => nodeId);
}
