/** What a vendor of the demo delivers, and how that is read. */
export interface DemoVendor {
  readonly vendor: string;
  readonly settings: object;
  /** Bodies in the vendor's documented shape, in the order in which it sends them. */
  readonly bodies: readonly object[];
}

const acme = { system: 'salesforce', id: 'acme_corp_12345' };
const minute = 60_000;

/** What the vendors of the demo deliver about one account. None of it is a signal that counts for its score. */
export function demoDeliveries(now: Date): readonly DemoVendor[] {
  const ago = (minutes: number): string => new Date(now.getTime() - minutes * minute).toISOString();
  return [
    { vendor: 'salesforce', settings: { currency: 'USD' }, bodies: salesforceBodies(ago) },
    { vendor: 'jira', settings: { projects: { ACME: acme } }, bodies: jiraBodies(ago) },
    { vendor: 'slack', settings: { channels: { C0ACMEDEAL: acme }, salesEngineers: { U0JOHNPARK: 'John Park' }, people: { U0SARAHCHEN: 'Sarah Chen' }, workspaceUrl: 'https://demo-workspace.slack.com' }, bodies: slackBodies(ago) },
  ];
}

/** How long before now, in minutes, as an instant. */
type Ago = (minutes: number) => string;

/** A contact and her part in the deal, as Apex serialises them. */
function salesforceBodies(ago: Ago): readonly object[] {
  const [AccountId, ContactId] = [acme.id, '003Demo00000Ana'];
  return [
    [{ attributes: { type: 'Contact' }, Id: ContactId, AccountId, FirstName: 'Ana', LastName: 'Ruiz', Title: 'Head of Procurement', Email: 'ana.ruiz@acme.example', SystemModstamp: ago(50) }],
    [{ attributes: { type: 'OpportunityContactRole' }, Id: '00KDemo00000Ana', ContactId, Role: 'Decision Maker', Contact: { AccountId }, SystemModstamp: ago(49) }],
  ];
}

/** An issue that is created and then assigned. */
function jiraBodies(ago: Ago): readonly object[] {
  const event = (webhookEvent: string, minutes: number, assignee: object | null, changelog?: object): object => ({
    timestamp: Date.parse(ago(minutes)),
    webhookEvent,
    issue: {
      id: '10471', self: 'https://demo-site.atlassian.net/rest/api/2/issue/10471', key: 'ACME-471',
      fields: {
        summary: 'Sandbox for the pilot', status: { name: 'To Do', statusCategory: { key: 'new' } }, priority: { name: 'Medium' }, labels: ['technical'], assignee, created: ago(46), updated: ago(minutes), resolutiondate: null, resolution: null,
      },
    },
    ...(changelog ? { changelog } : {}),
  });
  return [
    event('jira:issue_created', 46, null),
    event('jira:issue_updated', 40, { displayName: 'John Park (SE)' }, { id: '20471', items: [{ field: 'assignee', fromString: null, toString: 'John Park (SE)' }] }),
  ];
}

/** A thread of the account's channel, and its replies. */
function slackBodies(ago: Ago): readonly object[] {
  const timeOf = (minutes: number): string => `${Math.floor(Date.parse(ago(minutes)) / 1_000)}.000100`;
  const said = (user: string, minutes: number, text: string, thread?: number): object => ({
    type: 'event_callback', team_id: 'T0DEMO', api_app_id: 'A0DEMO', event_id: `Ev0DEMO${minutes}`, event_time: Math.floor(Date.parse(ago(minutes)) / 1_000),
    event: { type: 'message', channel: 'C0ACMEDEAL', channel_type: 'channel', user, text, ts: timeOf(minutes), event_ts: timeOf(minutes), ...(thread === undefined ? {} : { thread_ts: timeOf(thread) }) },
  });
  return [said('U0SARAHCHEN', 38, 'Ana from procurement joins the pilot review'), said('U0JOHNPARK', 30, 'The sandbox is ready for her', 38), said('U0SARAHCHEN', 28, 'Thanks', 38)];
}
