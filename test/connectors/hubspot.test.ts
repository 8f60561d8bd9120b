import { describe, expect, test } from 'vitest';
import { readHubspot } from '../../src/features/connectors/hubspot/read.ts';
import { hubspotEvent, property } from './payloads/hubspot.ts';

const at = '2026-11-21T08:00:00.000Z';
const read = (...events: object[]) => readHubspot(events, {});
const ref = (id: string) => ({ system: 'hubspot', id });

describe('events of HubSpot', () => {
  test('about a property of a company state it', () => {
    const inputOf = (name: string, value: string) => read(property('company.propertyChange', 7, at, [name, value])).accounts[0]?.input;
    expect(inputOf('name', 'Acme Corp')).toEqual({ externalRef: ref('7'), name: 'Acme Corp', mode: 'PATCH', source: 'hubspot', occurredAt: at });
    expect([inputOf('domain', 'acme.example'), inputOf('industry', ''), inputOf('numberofemployees', '500')]).toMatchObject([{ website: 'acme.example' }, { industry: null }, { employeeCount: 500 }]);
    for (const [name, value] of [['hubspot_owner_id', '5'], ['numberofemployees', 'many'], ['name', ' ']] as const) expect(read(property('company.propertyChange', 7, at, [name, value]))).toMatchObject({ accounts: [], fetches: [{ kind: 'company', externalId: '7', occurredAt: at }] });
  });

  test('about contacts and deals, which do not say their company, ask for the object to be read again', () => {
    expect(read(property('contact.propertyChange', 1, at, ['email', 'a@b.example']), property('deal.propertyChange', 2, at, ['dealstage', 'closedwon']), hubspotEvent('contact.creation', 3, at), hubspotEvent('deal.restore', 4, at)).fetches).toEqual([
      { kind: 'contact', externalId: '1', occurredAt: at, path: ['0'] }, { kind: 'deal', externalId: '2', occurredAt: at, path: ['1'] }, { kind: 'contact', externalId: '3', occurredAt: at, path: ['2'] }, { kind: 'deal', externalId: '4', occurredAt: at, path: ['3'] },
    ]);
    expect(read(hubspotEvent('deal.associationChange', 0, at, { objectId: undefined, fromObjectId: 2, toObjectId: 7, associationType: 'DEAL_TO_COMPANY' })).fetches).toMatchObject([{ kind: 'deal', externalId: '2' }]);
    expect(JSON.stringify(read(property('contact.propertyChange', 1, at, ['email', 'a@b.example'])))).not.toContain('a@b.example');
  });

  test('of deletions hold by themselves; what was merged away ends, and what stays is read again', () => {
    expect(read(hubspotEvent('contact.deletion', 1, at), hubspotEvent('company.deletion', 2, at), hubspotEvent('deal.deletion', 3, at)).deletions).toMatchObject([{ type: 'Contact', externalRef: ref('1'), occurredAt: at }, { type: 'Account', externalRef: ref('2') }, { type: 'Opportunity', externalRef: ref('3') }]);
    expect(read(hubspotEvent('contact.merge', 0, at, { primaryObjectId: 5, mergedObjectIds: [6, 7, 5], newObjectId: 9 }))).toMatchObject({ fetches: [{ kind: 'contact', externalId: '9' }], deletions: [{ externalRef: ref('5'), reason: 'Merged into 9' }, { externalRef: ref('6') }, { externalRef: ref('7') }] });
  });

  test('name their kind in the newer way, too', () => {
    expect(read(hubspotEvent('object.deletion', 1, at, { objectTypeId: '0-1' }), hubspotEvent('object.propertyChange', 2, at, { objectTypeId: '0-2', propertyName: 'name', propertyValue: 'Acme' }))).toMatchObject({ deletions: [{ type: 'Contact' }], accounts: [{ input: { name: 'Acme' } }] });
    expect(read(hubspotEvent('object.deletion', 1, at, { objectTypeId: '2-77' }), hubspotEvent('ticket.creation', 1, at), hubspotEvent('company.odd', 1, at)).ignored).toMatchObject([{ reason: 'NOT_READ' }, { reason: 'NOT_READ' }, { reason: 'NOT_READ' }]);
  });

  test('of another HubSpot account are ignored where the settings name one', () => {
    expect(readHubspot([hubspotEvent('contact.deletion', 1, at)], { portalId: 34 })).toMatchObject({ deletions: [], ignored: [{ reason: 'NO_ACCOUNT' }] });
    expect(readHubspot([hubspotEvent('contact.deletion', 1, at)], { portalId: 33 }).deletions).toHaveLength(1);
  });

  test('that cannot be read do not hold up the others', () => {
    const broken = hubspotEvent('contact.deletion', 1, at, { occurredAt: 'now' });
    expect(read(hubspotEvent('contact.deletion', 2, at), broken)).toMatchObject({ deletions: [{ externalRef: ref('2') }], ignored: [{ reason: 'UNREADABLE', path: ['1', 'occurredAt'] }] });
    expect(() => read(broken, broken)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: ['0', 'occurredAt'] }) as Error);
  });
});

test.each([[null], [{}], [[]], [[5]], [Array.from({ length: 1_001 }, () => hubspotEvent('contact.deletion', 1, at))]])('a malformed body is refused: %#', (body) => {
  expect(() => readHubspot(body, {})).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
});
