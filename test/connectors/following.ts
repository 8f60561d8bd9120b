import type { ProgramOptions } from '../../src/app/compose.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { quickPace } from './outbound/fake-vendor.ts';
import { startPubSubServer, type GivenChange, type PubSubServer } from './vendors/pubsub-server.ts';
import { startSalesforceServer, type SalesforceRecord, type SalesforceServer } from './vendors/salesforce-server.ts';

/** A program beside a Salesforce that streams changes. */
export interface Following extends Arranged {
  readonly salesforce: SalesforceServer;
  readonly bus: PubSubServer;
  /** Its options, for another process. */
  readonly options: object;
  readonly connection: string;
}

const credentials = { instanceUrl: 'https://acme.my.salesforce.com', clientId: '3MVG9-consumer-key', clientSecret: 'consumer-secret-1' };

/** Starts it, with a connection that follows changes, and waits until it does where it has the role for it. */
export async function follow(settings: object = { changeDataCapture: true }, more: Partial<ProgramOptions> = {}): Promise<Following> {
  const salesforce = await startSalesforceServer({ Account: [], Contact: [], Opportunity: [], Task: [], Event: [] });
  const bus = await startPubSubServer();
  const options = { vendorUrls: new Map([['salesforce', salesforce.url], ['salesforce-pubsub', bus.url]]), vendorPace: quickPace, followersLookEvery: 50 };
  const program = await arrange({ ...options, ...more });
  const added = dataOf(await program.query<{ addConnection: { connection: { id: string } } }, Record<string, unknown>>('mutation($input: AddConnectionInput!) { addConnection(input: $input) { ... on ConnectionAdded { connection { id } } ... on UserError { message } } }', { input: { source: 'SALESFORCE', credentials, settings } }));
  if (more.roles?.includes('scheduler') !== false) {
    await until('the changes are followed', () => bus.open() > 0);
    bus.keepAlive();
    await until('the first place is known', () => program.count('select from change_stream where replay_id is not null'));
  }
  return {
    ...program, salesforce, bus, options, connection: added.addConnection.connection.id,
    async close() {
      await program.close();
      await bus.stop();
      await salesforce.stop();
    },
  };
}

/** Puts a record into Salesforce as it is after a change. */
export function keep({ salesforce }: Following, type: string, record: Readonly<Record<string, unknown>> & { readonly Id: string }, at: number): void {
  const own = (salesforce.records[type] ??= []);
  const before = own.findIndex(({ Id }) => Id === record.Id);
  const after: SalesforceRecord = { ...own[before], ...record, SystemModstamp: `${new Date(Math.floor(at / 1_000) * 1_000).toISOString().slice(0, -1)}+0000` };
  own.splice(before < 0 ? own.length : before, 1, after);
}

/** A change of an account that is streamed; what Salesforce has is left as it is. */
export const accountChange = (id: string, at: number, fields: Readonly<Record<string, unknown>>, more: Partial<GivenChange> = {}): GivenChange => ({ entity: 'Account', ids: [id], fields: { ...fields, LastModifiedDate: at }, at, ...more });

/** An id of Salesforce. */
export const idOf = (prefix: string, number: number): string => `${prefix}${String(number).padStart(12, '0')}`;

/** An account as it is known here. */
export async function accountOf(program: Arranged, id: string): Promise<Record<string, unknown> | undefined> {
  return (await program.rows('select a.name, a.industry, a.website, a.employee_count from external_ref r join account a on a.tenant_id = r.tenant_id and a.id = r.node_id where r.tenant_id = $1 and r.external_id like $2', [program.tenant, `${id}%`]))[0];
}
