import { z } from 'zod';
import type { AccountPlaces, HistoryPage, VendorAccess, VendorApi, VendorObject, VendorSession } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { joinReadings } from '../reading.ts';
import { createChangeFeed } from './changes/feed.ts';
import { openSalesforceClient, type SalesforceClient } from './client.ts';
import { salesforceConnectionSettings, salesforceCredentials, type SalesforceConnectionSettings, type SalesforceCredentials } from './credentials.ts';
import { createFieldReader } from './describe-fields.ts';
import { idOfRecord, missingRecords } from './missing-records.ts';
import { firstCursor, historyQuery, parseCursor, toHistoryPage } from './read-history.ts';
import { readFetched } from './read-records.ts';
import { classifySalesforce } from './refusal.ts';
import { mostTogether, runQueries, type FoundRecords } from './run-queries.ts';
import { createSalesforceWriter } from './write.ts';
import { accountFieldOf, isRecordId, isRecordType, recordTypes, selectWhereIn, type RecordType } from './soql.ts';

/** Ids of one query. */
const mostIds = 200;
/** Of an account, the newest records of each kind. */
const mostOfAccount: Readonly<Record<Exclude<RecordType, 'Account'>, number>> = { Contact: 1_000, Opportunity: 1_000, Task: 500, Event: 500, OpportunityContactRole: 1_000, AccountContactRelation: 1_000 };

/** Salesforce: REST queries with the client jsforce. */
export const salesforceApi: VendorApi<SalesforceCredentials, SalesforceConnectionSettings> = {
  source: 'salesforce',
  section: 'SALESFORCE',
  credentials: salesforceCredentials,
  settings: salesforceConnectionSettings,
  concurrency: { most: 4, waiting: 100 },
  classify: classifySalesforce,
  open: async (access) => toSession(await openSalesforceClient(access), access),
};

type Access = VendorAccess<SalesforceCredentials, SalesforceConnectionSettings>;

const organization = z.looseObject({ Name: z.string().min(1) });

function toSession(client: SalesforceClient, access: Access): VendorSession {
  const { settings } = access;
  const currency = settings.currency ?? null;
  const fieldsOf = createFieldReader(client);
  const run = async (operation: string, queries: readonly string[], quotaPercent?: number): Promise<FoundRecords[]> => {
    const found: FoundRecords[] = [];
    for (let from = 0; from < queries.length; from += mostTogether) found.push(...(await runQueries(client, queries.slice(from, from + mostTogether), { operation, ...(quotaPercent === undefined ? {} : { quotaPercent }) })));
    return found;
  };

  const changes = createChangeFeed(access, async () => (await run('organization', ['SELECT Id FROM Organization LIMIT 1']))[0]?.records[0]);

  return {
    ...(changes ? { changes, close: () => Promise.resolve(changes.close()) } : {}),
    writer: createSalesforceWriter((request) => client.request(request)),

    async check() {
      const [found] = await run('check', ['SELECT Name FROM Organization LIMIT 1']);
      const read = organization.safeParse(found?.records[0]);
      if (!read.success) throw new VendorFault('UNREADABLE', 'Salesforce did not say which organization this is.');
      return { account: read.data.Name };
    },

    async readObjects(objects) {
      const queries: string[] = [];
      for (const [type, ids] of idsByType(objects)) {
        const fields = await fieldsOf(type);
        if (fields === null) continue;
        for (let from = 0; from < ids.length; from += mostIds) queries.push(selectWhereIn(type, fields, { field: 'Id', ids: ids.slice(from, from + mostIds) }));
      }
      const records = (await run('read_objects', queries)).flatMap((found) => found.records);
      const ofObjects = Map.groupBy(records, idOfRecord);
      return objects.map((object) => {
        const own = (ofObjects.get(object.externalId.slice(0, 15)) ?? []).map((record) => asOfEvent(record, object));
        return joinReadings([readFetched({ records: own, currency }), missingRecords([object], own)]);
      });
    },

    async readAccount(places) {
      const ids = idsOfAccount(places);
      if (ids.length === 0) return null;
      const queries = await Promise.all(recordTypes.map(async (type) => {
        const fields = await fieldsOf(type);
        return fields === null ? [] : [selectWhereIn(type, fields, { field: accountFieldOf(type), ids, ...(type === 'Account' ? {} : { limit: mostOfAccount[type] }) })];
      }));
      return readFetched({ records: (await run('read_account', queries.flat())).flatMap((found) => found.records), currency });
    },

    async readHistory(text): Promise<HistoryPage> {
      const cursor = text === null ? firstCursor(await countAll()) : parseCursor(text);
      const fields = await fieldsOf(cursor.type);
      const [found] = fields === null ? [] : await run('read_history', [historyQuery(cursor, fields)], settings.historyQuotaPercent);
      return toHistoryPage(cursor, found ?? { records: [], total: 0, isWhole: true }, currency);
    },
  };

  async function countAll(): Promise<number> {
    const present = await Promise.all(recordTypes.map(async (type) => ((await fieldsOf(type)) === null ? [] : [type])));
    const counts = await run('count_history', present.flat().map((type) => `SELECT COUNT() FROM ${type}`));
    return counts.reduce((sum, { total }) => sum + total, 0);
  }
}

const modified = z.looseObject({ SystemModstamp: z.string() });
/** Activities took place when their own fields say. */
const isActivity = (kind: string): boolean => kind === 'Task' || kind === 'Event';

/** A record as of the event that asked for it, if that is later: SystemModstamp has whole seconds and is of the time before the commit, by which change events are ordered. */
function asOfEvent(record: unknown, { kind, changedAt }: VendorObject): unknown {
  const read = modified.safeParse(record);
  if (!read.success || !changedAt || isActivity(kind)) return record;
  const at = Date.parse(read.data.SystemModstamp.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return at < Date.parse(changedAt) ? { ...read.data, SystemModstamp: changedAt } : record;
}

function idsByType(objects: readonly VendorObject[]): Map<RecordType, string[]> {
  const ids = new Map<RecordType, Set<string>>();
  for (const { kind, externalId } of objects) if (isRecordType(kind) && isRecordId(externalId)) ids.set(kind, (ids.get(kind) ?? new Set()).add(externalId));
  return new Map([...ids].map(([type, own]) => [type, [...own]]));
}

/** The ids of an account, and of those merged into it, at Salesforce. */
function idsOfAccount({ externalRefs }: AccountPlaces): string[] {
  return [...new Set(externalRefs.filter(({ system, id }) => system === 'salesforce' && isRecordId(id)).map(({ id }) => id))].slice(0, mostIds);
}
