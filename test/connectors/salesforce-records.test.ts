import { describe, expect, test } from 'vitest';
import { OutboundMessage } from '../../src/features/connectors/salesforce/outbound-message.ts';
import { readSalesforce } from '../../src/features/connectors/salesforce/read.ts';

const changed = '2026-11-21T08:00:00.000+0000';
const [at, ref] = ['2026-11-21T08:00:00.000Z', (id: string) => ({ system: 'salesforce', id })];
const record = (type: string, fields: object) => ({ attributes: { type, url: `/services/data/v62.0/sobjects/${type}/1` }, SystemModstamp: changed, ...fields });

describe('records of Salesforce as Apex serialises them', () => {
  test('an account', () => {
    expect(readSalesforce(record('Account', { Id: '001', Name: 'Acme', Industry: 'Software', Website: null, NumberOfEmployees: 500, AnnualRevenue: 1e6, CurrencyIsoCode: 'EUR' })).accounts).toEqual([{ path: [], input: { externalRef: ref('001'), name: 'Acme', industry: 'Software', website: null, employeeCount: 500, revenue: { amountMinor: 100_000_000, currency: 'EUR' }, mode: 'PATCH', source: 'salesforce', occurredAt: at } }]);
    expect(readSalesforce(record('Account', { Id: '001', IsDeleted: true })).deletions).toMatchObject([{ type: 'Account', externalRef: ref('001'), occurredAt: at }]);
  });

  test('a contact, and the signal of its creation', () => {
    const reading = readSalesforce(record('Contact', { Id: '003A0000001', AccountId: '001', FirstName: 'Ada', LastName: 'Lovelace', Email: '', Title: 'CTO', CreatedDate: '2026-11-20T08:00:00.000Z' }));
    expect(reading.records).toMatchObject([{ plural: 'contacts', input: { account: { externalRef: ref('001') }, externalRef: ref('003A0000001'), name: 'Ada Lovelace', email: null, title: 'CTO', occurredAt: at } }]);
    expect(reading.signals).toMatchObject([{ statement: { type: 'contact_created', occurredAt: '2026-11-20T08:00:00.000Z', account: { externalRef: ref('001') } } }]);
    expect(JSON.stringify(reading.signals)).not.toContain('Lovelace');
    expect(readSalesforce(record('Contact', { Id: '003', AccountId: null })).ignored).toMatchObject([{ reason: 'NO_ACCOUNT' }]);
    expect(readSalesforce(record('Contact', { Id: '003', IsDeleted: true })).deletions).toMatchObject([{ type: 'Contact', externalRef: ref('003') }]);
  });

  test('the owner of an account, where it was selected', () => {
    const owner = (given: object) => readSalesforce(record('Account', { Id: '001', ...given })).accounts[0]?.input.owner;
    expect([owner({ Owner: { Name: 'Sarah Chen', Email: 'sarah@parable.com' } }), owner({ Owner: { Email: 'sarah@parable.com' } }), owner({ Owner: null }), owner({}), owner({ Owner: { Alias: 'sc' } })]).toEqual([{ name: 'Sarah Chen', email: 'sarah@parable.com' }, { name: 'sarah@parable.com', email: 'sarah@parable.com' }, null, undefined, undefined]);
  });

  test('amounts without a currency, in that of an organisation that has one alone', () => {
    const amount = (given: object, settings: object) => readSalesforce(record('Opportunity', { Id: '006', AccountId: '001', StageName: 'Demo', Amount: 150_000, ...given }), settings).records[0]?.input['amount'];
    expect([amount({}, {}), amount({}, { currency: 'JPY' }), amount({ CurrencyIsoCode: 'EUR' }, { currency: 'JPY' })]).toEqual([undefined, { amountMinor: 150_000, currency: 'JPY' }, { amountMinor: 15_000_000, currency: 'EUR' }]);
    expect(readSalesforce(record('Account', { Id: '001', AnnualRevenue: 5 }), { currency: 'USD' }).accounts).toMatchObject([{ input: { revenue: { amountMinor: 500, currency: 'USD' } } }]);
  });

  test('the part that a contact plays, which Salesforce keeps apart from the contact', () => {
    const role = (type: string, fields: object) => readSalesforce(record(type, { Id: '00K1', ContactId: '003', ...fields }));
    expect(role('OpportunityContactRole', { Role: 'Economic Buyer', Contact: { AccountId: '001' } }).records).toEqual([{
      plural: 'contacts', input: { account: { externalRef: ref('001') }, externalRef: ref('003'), role: 'Economic Buyer', mode: 'PATCH', source: 'salesforce', occurredAt: at }, path: [],
      names: { 'account.externalRef.id': 'Contact.AccountId', 'externalRef.id': 'ContactId', role: 'Role', occurredAt: 'SystemModstamp' },
    }]);
    expect(role('AccountContactRelation', { AccountId: '001', Roles: 'Influencer;Technical Evaluator' }).records).toMatchObject([{ input: { role: 'Influencer, Technical Evaluator' } }]);
    expect(role('OpportunityContactRole', { Role: 'Influencer', IsDeleted: true, Contact: { AccountId: '001' } }).records).toMatchObject([{ input: { role: null } }]);
    // A contact that moved to another account leaves it behind; it must not move back.
    expect(role('AccountContactRelation', { AccountId: '001', Roles: 'Influencer', IsDeleted: true })).toMatchObject({ records: [], ignored: [{ reason: 'NOT_READ' }] });
    expect(role('OpportunityContactRole', { Role: 'Influencer' }).ignored).toMatchObject([{ reason: 'NO_ACCOUNT' }]);
    expect(role('AccountContactRelation', { AccountId: '001', Roles: 'Influencer', IsDirect: false }).ignored).toMatchObject([{ reason: 'NOT_READ' }]);
    expect(role('AccountContactRelation', { AccountId: '001' }).ignored).toMatchObject([{ reason: 'NOT_READ' }]);
    expect(() => role('AccountContactRelation', { AccountId: '001', Roles: 'x', SystemModstamp: null })).toThrow(expect.objectContaining({ inputPath: ['SystemModstamp'] }) as Error);
  });

  test('an event that was held is an activity and a meeting; one that is planned is neither', () => {
    const held = readSalesforce(record('Event', { Id: '00U1', AccountId: '001', Subject: 'Review', StartDateTime: '2026-11-21T07:00:00.000+0000' }));
    expect(held.records).toMatchObject([{ plural: 'activities', input: { type: 'Meeting', subject: 'Review', occurredAt: '2026-11-21T07:00:00.000Z', modifiedAt: at } }]);
    expect(held.signals).toMatchObject([{ statement: { type: 'meeting', source: 'salesforce', occurredAt: '2026-11-21T07:00:00.000Z', sourceEventId: 'event/00U1/001/2026-11-21T07:00:00.000Z/meeting' } }]);
    expect(readSalesforce(record('Event', { Id: '00U1', AccountId: '001', StartDateTime: '2026-11-22T07:00:00.000Z' }))).toMatchObject({ records: [], signals: [], ignored: [{ reason: 'NOT_YET' }] });
  });

  test('a task that was completed is an activity; a call and a meeting are signals', () => {
    const task = (fields: object) => readSalesforce(record('Task', { Id: '00T1', AccountId: '001', Subject: 'Call Acme', ...fields }));
    expect(task({ Status: 'Completed', Type: 'Call', ActivityDate: '2026-11-20' })).toMatchObject({ records: [{ input: { type: 'Call', occurredAt: '2026-11-20T00:00:00.000Z' } }], signals: [{ statement: { type: 'call' } }] });
    expect(task({ IsClosed: true, TaskSubtype: 'Email', CompletedDateTime: '2026-11-20T09:00:00Z' })).toMatchObject({ records: [{ input: { type: 'Email', occurredAt: '2026-11-20T09:00:00.000Z' } }], signals: [] });
    expect(task({ Status: 'Not Started', Type: 'Call', ActivityDate: '2026-11-20' })).toMatchObject({ records: [], signals: [], ignored: [{ reason: 'NOT_YET' }] });
  });

  test('a list of them, of which one that cannot be read does not hold up the others', () => {
    const reading = readSalesforce([record('Account', { Id: '001', Name: 'Acme' }), record('Opportunity', { Id: '006', AccountId: '001' }), record('Lead', { Id: '00Q' })]);
    expect(reading).toMatchObject({ accounts: [{ path: ['0'] }], records: [], ignored: [{ reason: 'UNREADABLE', path: ['1', 'StageName'] }, { reason: 'NOT_READ', path: ['2'] }] });
  });
});

test('notifications without the time of the change are refused: Salesforce repeats them for a day', () => {
  const fields = { Id: '006', AccountId: '001', StageName: 'Prospecting' };
  expect(() => readSalesforce(new OutboundMessage('00D5g000004XyZA', [{ id: '1', type: 'Opportunity', fields }]))).toThrow(expect.objectContaining({ inputPath: ['notifications', '0', 'SystemModstamp'] }) as Error);
  expect(readSalesforce(new OutboundMessage('00D5g000004XyZA', [{ id: '1', type: 'Opportunity', fields: { ...fields, SystemModstamp: at } }])).records).toMatchObject([{ plural: 'opportunities', path: ['notifications', '0'], input: { stage: 'Prospecting', occurredAt: at } }]);
  expect(readSalesforce(new OutboundMessage('00D5g000004XyZA', [{ id: '1', type: 'Opportunity', fields: { ...fields, SystemModstamp: at } }]), { organizationId: '00D000000000001' })).toMatchObject({ records: [], ignored: [{ reason: 'NO_ACCOUNT' }] });
});

test.each([['Account', { Id: 5 }, ['Id']], ['Contact', { Id: '003', AccountId: '001', Email: 5 }, ['Email']], ['Event', { Id: '00U', AccountId: '001', StartDateTime: 'soon' }, ['StartDateTime']], ['Task', { Id: '00T', AccountId: '001', Status: 'Completed', ActivityDate: 'soon' }, ['ActivityDate']]])('a malformed %s is refused with the place of the fault', (type, fields, path) => {
  expect(() => readSalesforce(record(type, fields))).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: path }) as Error);
});
