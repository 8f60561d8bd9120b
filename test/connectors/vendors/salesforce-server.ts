import { startVendorServer, type ArrivedCall, type VendorAnswer, type VendorServer } from './vendor-server.ts';

/** A record as Salesforce keeps it. */
export type SalesforceRecord = Readonly<Record<string, unknown>> & { readonly Id: string; readonly SystemModstamp: string };

/** Salesforce, as far as it is read. */
export interface SalesforceServer extends VendorServer {
  /** The records by kind; tests change them. */
  readonly records: Record<string, SalesforceRecord[]>;
  /** Fields that the organization lacks, or does not show, by kind; `*` for the whole kind. */
  readonly hidden: Record<string, readonly string[]>;
  /** Used and granted API requests of a day. */
  usage: { used: number; limit: number };
  /** The access token that is accepted. */
  token: string;
}

const standard: Readonly<Record<string, readonly string[]>> = {
  Account: ['Id', 'SystemModstamp', 'IsDeleted', 'Name', 'Industry', 'Website', 'NumberOfEmployees', 'AnnualRevenue', 'CurrencyIsoCode', 'OwnerId'],
  Contact: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'Name', 'FirstName', 'LastName', 'Email', 'Title', 'CreatedDate'],
  Opportunity: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'StageName', 'Name', 'Amount', 'CurrencyIsoCode', 'CloseDate', 'Probability', 'NextStep', 'LastStageChangeDate', 'IsClosed', 'IsWon'],
  Task: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'Subject', 'Type', 'TaskSubtype', 'Status', 'IsClosed', 'ActivityDate', 'CompletedDateTime'],
  Event: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'Subject', 'Type', 'StartDateTime', 'ActivityDateTime', 'ActivityDate'],
  OpportunityContactRole: ['Id', 'SystemModstamp', 'IsDeleted', 'OpportunityId', 'ContactId', 'Role', 'IsPrimary'],
  AccountContactRelation: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'ContactId', 'Roles', 'IsActive', 'IsDirect'],
  Organization: ['Id', 'SystemModstamp', 'Name'],
};

/** Fields of a record that another one has, by the relation that names it. */
const related: Readonly<Record<string, { readonly type: string; readonly fields: readonly string[] }>> = { Owner: { type: 'User', fields: ['Name', 'Email'] }, Contact: { type: 'Contact', fields: ['AccountId'] } };

/** An error as Salesforce writes it. */
export const salesforceError = (status: number, errorCode: string, message = errorCode): VendorAnswer => ({ status, body: [{ errorCode, message }] });

const instantOf = (text: string): number => Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));

/** Starts a Salesforce that has `records`. It understands the queries that this program asks, and refuses others. */
export async function startSalesforceServer(records: Record<string, SalesforceRecord[]> = {}): Promise<SalesforceServer> {
  const data = 'services/data/v62.0';
  const hidden: Record<string, readonly string[]> = {};
  const shown = (type: string): string[] => (hidden[type]?.includes('*') ? [] : (standard[type] ?? []).filter((field) => !hidden[type]?.includes(field)));
  const isShown = (type: string, field: string): boolean => {
    const [relation = '', own] = field.split('.');
    return own === undefined ? shown(type).includes(field) : shown(type).includes(`${relation}Id`) && related[relation]?.fields.includes(own) === true;
  };
  const accountOf = (row: Readonly<Record<string, unknown>>): unknown => (row['AccountId'] ?? records['Contact']?.find(({ Id }) => Id === row['ContactId'])?.['AccountId']);
  /** A record with the fields that were selected; those of another record are nested, as Salesforce shows them. */
  const selectedOf = (row: Readonly<Record<string, unknown>>, fields: readonly string[]): object => {
    const whole: Record<string, unknown> = { ...row, ...(row['ContactId'] === undefined ? {} : { Contact: { attributes: { type: 'Contact' }, AccountId: accountOf(row) } }) };
    return Object.fromEntries(fields.map((field): [string, unknown] => {
      const [name = ''] = field.split('.');
      return [name, whole[name] ?? (field === 'IsDeleted' ? false : null)];
    }));
  };

  function query(soql: string): VendorAnswer {
    const [, selected = '', type = '', where = '', limit] = /^SELECT (.+?) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY [\w, ]+?)?(?: LIMIT (\d+))?$/.exec(soql) ?? [];
    if (shown(type).length === 0) return salesforceError(400, 'INVALID_TYPE', `sObject type '${type}' is not supported.`);
    const rows = (type === 'Organization' ? [{ Id: '00D000000000001EAA', SystemModstamp: '2026-01-01T00:00:00.000+0000', Name: 'Aurora Ltd' }] : (records[type] ?? [])).filter(matches(where, accountOf));
    if (selected === 'COUNT()') return { body: { totalSize: rows.length, done: true, records: [] } };
    const fields = selected.split(', ');
    const unknown = fields.find((field) => !isShown(type, field));
    if (unknown !== undefined) return salesforceError(400, 'INVALID_FIELD', `No such column '${unknown}' on entity '${type}'.`);
    const newestFirst = soql.includes('SystemModstamp DESC');
    const sorted = rows.toSorted((one, other) => (instantOf(one.SystemModstamp) - instantOf(other.SystemModstamp)) * (newestFirst ? -1 : 1) || (one.Id < other.Id ? -1 : 1));
    const found = sorted.slice(0, limit === undefined ? 2_000 : Number(limit)).map((row: Readonly<Record<string, unknown>>) => ({ attributes: { type, url: `/${data}/sobjects/${type}/${String(row['Id'])}` }, ...selectedOf(row, fields) }));
    return { body: { totalSize: found.length, done: true, records: found } };
  }

  const guarded = (route: (call: ArrivedCall) => VendorAnswer) => (call: ArrivedCall): VendorAnswer => {
    if (call.headers['authorization'] !== `Bearer ${state.token}`) return salesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    state.usage.used += 1;
    const answer = route(call);
    return { ...answer, headers: { 'sforce-limit-info': `api-usage=${state.usage.used}/${state.usage.limit}`, ...answer.headers } };
  };

  const server = await startVendorServer({
    'POST /services/oauth2/token': () => ({ body: { access_token: state.token, instance_url: 'https://elsewhere.example', token_type: 'Bearer', issued_at: '1' } }),
    [`GET /${data}/queryAll`]: guarded(({ query: asked }) => query(asked.get('q') ?? '')),
    [`POST /${data}/composite`]: guarded(({ body }) => {
      const { compositeRequest } = JSON.parse(body) as { compositeRequest: { url: string; referenceId: string }[] };
      if (compositeRequest.length > 5) return salesforceError(400, 'LIMIT_EXCEEDED', 'too many queries');
      return { body: { compositeResponse: compositeRequest.map(({ url, referenceId }) => ({ referenceId, httpHeaders: {}, ...part(query(new URL(url, 'http://x').searchParams.get('q') ?? '')) })) } };
    }),
    [`GET /${data}/sobjects/:type/describe`]: guarded(({ params: { type = '' } }) => (shown(type).length === 0 ? salesforceError(404, 'NOT_FOUND', 'The requested resource does not exist') : { body: { name: type, fields: shown(type).map((name) => ({ name, type: 'string' })) } })),
  }, salesforceError(404, 'NOT_FOUND', 'The requested resource does not exist'));
  const state: SalesforceServer = Object.assign(server, { records, hidden, usage: { used: 0, limit: 100_000 }, token: 'session-of-salesforce' });
  return state;
}

const part = ({ status = 200, body }: VendorAnswer): object => ({ httpStatusCode: status, body });

/** The conditions that this program writes. */
function matches(where: string, accountOf: (row: SalesforceRecord) => unknown): (row: SalesforceRecord) => boolean {
  const [, field, list] = /^(Id|AccountId|Contact\.AccountId) IN \((.+)\)$/.exec(where) ?? [];
  if (field !== undefined && list !== undefined) {
    const ids = new Set(list.split(', ').map((id) => id.slice(1, 16)));
    return (row) => ids.has(String(field === 'Id' ? row.Id : accountOf(row)).slice(0, 15));
  }
  const [, from = '', id = ''] = /^SystemModstamp > (\S+) OR \(SystemModstamp = \1 AND Id > '(\w+)'\)$/.exec(where) ?? [];
  if (from !== '') return (row) => instantOf(row.SystemModstamp) > instantOf(from) || (instantOf(row.SystemModstamp) === instantOf(from) && row.Id > id);
  if (where !== '') throw new Error(`a condition that is not understood: ${where}`);
  return () => true;
}
