import { toGlobalId, type Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import type { AccountPlaces } from '../outbound/vendor-api.ts';

interface Row {
  readonly externalRefs: AccountPlaces['externalRefs'];
  readonly jiraProjectKey: string | null;
  readonly slackChannelId: string | null;
  readonly notionPageId: string | null;
  readonly connections: readonly ActiveConnection[];
}

/** A connection that may be used. */
export interface ActiveConnection {
  readonly id: Id<'Connection'>;
  readonly source: string;
}

// Names are kept with the account that they were stated for; after a merge they count for the one that stays.
const places = statement<Row>(
  'places_of_account',
  `select (select coalesce(json_agg(json_build_object('system', r.system, 'id', r.external_id) order by r.system, r.external_id), '[]'::json)
       from node_identity n join external_ref r on r.tenant_id = $1 and r.node_type = 'Account' and r.node_id = n.id where n.tenant_id = $1 and n.survivor_id = i.survivor_id) as "externalRefs",
     a.jira_project_key as "jiraProjectKey", a.slack_channel_id as "slackChannelId", a.notion_page_id as "notionPageId",
     (select coalesce(json_agg(json_build_object('id', c.id, 'source', c.source) order by c.source), '[]'::json) from connection c where c.tenant_id = $1 and c.source = any($3) and c.removed_at is null and c.paused_at is null) as connections
   from node_identity i join account a on a.tenant_id = $1 and a.id = i.survivor_id where i.tenant_id = $1 and i.id = $2`,
);

/** Where vendors may know an account, and the active connections to some of them; null where the account is not there. One statement. */
export async function placesOfAccount(work: Work, accountId: Id<'Account'>, sources: readonly string[]): Promise<{ readonly places: AccountPlaces; readonly connections: readonly ActiveConnection[] } | null> {
  const [row] = await work.rows(places, [work.tenantId, accountId, sources]);
  if (!row) return null;
  const { connections, ...rest } = row;
  return { places: { account: { id: toGlobalId('Account', accountId) }, ...rest }, connections };
}
