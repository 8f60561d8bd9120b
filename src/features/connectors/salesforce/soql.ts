import { z } from 'zod';

/** The kinds of records that are read, in the order of a back-fill: what others belong to first. */
export const recordTypes = ['Account', 'Contact', 'Opportunity', 'Task', 'Event', 'OpportunityContactRole', 'AccountContactRelation'] as const;
/** A kind of record. */
export type RecordType = (typeof recordTypes)[number];

/** What records of each kind are here, for deletions; a role is no record here. */
export const nodeTypes: Readonly<Partial<Record<RecordType, string>>> = { Account: 'Account', Contact: 'Contact', Opportunity: 'Opportunity', Task: 'Activity', Event: 'Activity' };

/** Whether a text is a kind of record that is read. */
export const isRecordType = (kind: string): kind is RecordType => recordTypes.some((type) => type === kind);

/** Kinds that an organization may lack (contacts to multiple accounts are a setting) or not show; the others are read without them. */
export const isOptional = (type: RecordType): boolean => type === 'OpportunityContactRole' || type === 'AccountContactRelation';

/** The kinds whose changes can be followed by themselves. */
export const followedTypes = ['Account', 'Contact', 'Opportunity', 'Task', 'Event'] as const satisfies readonly RecordType[];

/** The field by which records of a kind belong to an account. */
export const accountFieldOf = (type: RecordType): string => (type === 'Account' ? 'Id' : type === 'OpportunityContactRole' ? 'Contact.AccountId' : 'AccountId');

/** The id of a record, 15 or 18 characters; nothing else is written into a query. */
export const isRecordId = (id: string): boolean => /^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$/.test(id);

/** Fields without which a record cannot be read. */
export const requiredFields: Readonly<Record<RecordType, readonly string[]>> = {
  Account: ['Id', 'SystemModstamp', 'IsDeleted'],
  Contact: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId'],
  Opportunity: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'StageName'],
  Task: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId'],
  Event: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId'],
  OpportunityContactRole: ['Id', 'SystemModstamp', 'IsDeleted', 'ContactId', 'Contact.AccountId', 'Role'],
  AccountContactRelation: ['Id', 'SystemModstamp', 'IsDeleted', 'AccountId', 'ContactId', 'IsDirect', 'Roles'],
};

/** Fields that are read where the organization has them and shows them to the integration user. */
const otherFields: Readonly<Record<RecordType, readonly string[]>> = {
  Account: ['Name', 'Industry', 'Website', 'NumberOfEmployees', 'AnnualRevenue', 'CurrencyIsoCode', 'Owner.Name', 'Owner.Email'],
  Contact: ['Name', 'FirstName', 'LastName', 'Email', 'Title', 'CreatedDate'],
  Opportunity: ['Name', 'Amount', 'CurrencyIsoCode', 'CloseDate', 'Probability', 'NextStep', 'LastStageChangeDate', 'IsClosed', 'IsWon'],
  Task: ['Subject', 'Type', 'TaskSubtype', 'Status', 'IsClosed', 'ActivityDate', 'CompletedDateTime'],
  Event: ['Subject', 'Type', 'StartDateTime', 'ActivityDateTime', 'ActivityDate'],
  OpportunityContactRole: [],
  AccountContactRelation: [],
};

/** Whether a field is among those of a description, which names the relation of `Owner.Name` as `OwnerId`. */
export const isPresent = (field: string, present: ReadonlySet<string>): boolean => present.has(ownField(field));

/** The field of a record from which one of another record follows: `OwnerId` for `Owner.Name`. */
const ownField = (field: string): string => field.replace(/\..*$/, 'Id');

/** Fields from which those of tasks and events follow that are read. */
const sourceFields: Partial<Readonly<Record<RecordType, readonly string[]>>> = { Task: ['WhatId', 'WhoId'], Event: ['WhatId', 'WhoId', 'EndDateTime'] };
const ofEveryRecord: ReadonlySet<string> = new Set(['Id', 'SystemModstamp', 'IsDeleted']);

/** Fields whose change changes what is read of a record. */
export const readFields = (type: RecordType): readonly string[] => [...requiredFields[type].filter((field) => !ofEveryRecord.has(field)), ...otherFields[type], ...(sourceFields[type] ?? [])].map(ownField);

/** The fields to read, of those that there are. */
export const fieldsOf = (type: RecordType, present: ReadonlySet<string>): string[] => [...requiredFields[type], ...otherFields[type].filter((field) => isPresent(field, present))];

/** Records whose field is one of some ids. Throws where something is no id. */
export function selectWhereIn(type: RecordType, fields: readonly string[], { field, ids, limit }: { readonly field: string; readonly ids: readonly string[]; readonly limit?: number }): string {
  if (!ids.every(isRecordId)) throw new Error('an id of Salesforce has 15 or 18 letters and digits');
  return `SELECT ${fields.join(', ')} FROM ${type} WHERE ${field} IN (${ids.map((id) => `'${id}'`).join(', ')})${limit === undefined ? '' : ` ORDER BY SystemModstamp DESC, Id LIMIT ${limit}`}`;
}

/** A place in the history of one kind: behind the record that was changed then. */
export interface Behind {
  /** RFC 3339, UTC. */
  readonly changedAt: string;
  readonly id: string;
}

/** The next records by the time of their change. Ids break ties, so that no record is left out between two pages. */
export function selectBehind(type: RecordType, fields: readonly string[], { behind, limit }: { readonly behind: Behind | null; readonly limit: number }): string {
  if (behind !== null && (!isRecordId(behind.id) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(behind.changedAt))) throw new Error('a place in the history has an instant and an id');
  const where = behind === null ? '' : ` WHERE SystemModstamp > ${behind.changedAt} OR (SystemModstamp = ${behind.changedAt} AND Id > '${behind.id}')`;
  return `SELECT ${fields.join(', ')} FROM ${type}${where} ORDER BY SystemModstamp, Id LIMIT ${limit}`;
}

/** An answer to a query. Records are read one by one, so that one of another shape does not lose the others. */
export const queryAnswer = z.looseObject({ totalSize: z.number(), done: z.boolean(), records: z.array(z.unknown()) });
