import { describe, expect, test } from 'vitest';
import { readJira } from '../../src/features/connectors/jira/read.ts';
import { done, jiraEvent, type JiraEventOptions } from './payloads/jira.ts';

const read = (options: JiraEventOptions = {}, settings: object = {}) => readJira(jiraEvent(options), settings);
const inputOf = (options: JiraEventOptions = {}, settings: object = {}) => read(options, settings).records[0]?.input;
const signalsOf = (options: JiraEventOptions, settings: object = {}) => read(options, settings).signals.map(({ statement }) => statement);
const labelChange = (from: string, to: string) => ({ id: '10087', items: [{ field: 'labels', fieldId: 'labels', from: null, fromString: from, to: null, toString: to }] });

describe('an issue of Jira', () => {
  test('is a ticket with everything that the account\'s context shows of it', () => {
    expect(inputOf({ labels: ['account-acme', 'blocker'] })).toEqual({
      account: { externalRef: { system: 'jira', id: 'acme' } }, externalRef: { system: 'jira', id: 'ACME-456' }, key: 'ACME-456', summary: 'API latency concerns - need benchmarks', status: 'In Progress', statusCategory: 'IN_PROGRESS',
      assignee: 'John Park (SE)', priority: 'HIGH', labels: ['account-acme', 'blocker'], url: 'https://acme.atlassian.net/browse/ACME-456', createdOn: '2026-11-20', resolvedOn: null, mode: 'PATCH', source: 'jira', occurredAt: '2026-11-21T08:00:00.000Z',
    });
  });

  test('belongs to the account that a label names, else to that of its project', () => {
    const accountOf = (options: JiraEventOptions, settings: object = {}) => inputOf(options, settings)?.account.externalRef;
    expect(accountOf({ labels: ['account-salesforce:0015g00000XyZAA1'] })).toEqual({ system: 'salesforce', id: '0015g00000XyZAA1' });
    expect(accountOf({ labels: ['account-acme'] }, { accountSystem: 'crm' })).toEqual({ system: 'crm', id: 'acme' });
    expect(accountOf({ labels: ['kunde-acme'] }, { accountLabelPrefix: 'kunde-' })).toEqual({ system: 'jira', id: 'acme' });
    expect(accountOf({ labels: ['vip'] }, { labels: { vip: { system: 'crm', id: '7' } }, projects: { ACME: { system: 'crm', id: '8' } } })).toEqual({ system: 'crm', id: '7' });
    expect(accountOf({ labels: [] }, { projects: { ACME: { system: 'crm', id: '8' } } })).toEqual({ system: 'crm', id: '8' });
    expect(accountOf({ labels: [] }, { otherProjects: 'STUB' })).toEqual({ system: 'jira-project', id: 'ACME' });
    expect(accountOf({ labels: [], key: 'constructor-1' }, { projects: {}, otherProjects: 'STUB' })).toEqual({ system: 'jira-project', id: 'CONSTRUCTOR' });
    expect(accountOf({ labels: ['account-b', 'account-a'] })).toEqual(accountOf({ labels: ['account-a', 'account-b'] }));
  });

  test('that names no account is ignored, and says what to do', () => {
    for (const labels of [[], ['technical'], ['account-'], ['toString']]) {
      const reading = read({ labels });
      expect(reading).toMatchObject({ records: [], signals: [], deletions: [], ignored: [{ reason: 'NO_ACCOUNT', path: ['issue'] }] });
      expect(reading.ignored?.[0]?.message).toContain('account-acme');
    }
  });

  test('that lost the label of its account ends there; one that was moved ends under its old key', () => {
    expect(read({ labels: ['technical'], changelog: labelChange('account-acme technical', 'technical') })).toMatchObject({ records: [], ignored: [], deletions: [{ type: 'Ticket', externalRef: { system: 'jira', id: 'ACME-456' }, occurredAt: '2026-11-21T08:00:00.000Z' }] });
    expect(read({ changelog: { id: '1', items: [{ field: 'Key', fromString: 'OLD-9', toString: 'ACME-456' }] } })).toMatchObject({ records: [{ input: { key: 'ACME-456' } }], deletions: [{ type: 'Ticket', externalRef: { system: 'jira', id: 'OLD-9' }, reason: 'Moved to ACME-456' }] });
  });

  test('that was deleted is a deletion at the time of the event', () => {
    expect(read({ name: 'jira:issue_deleted', labels: [], fields: { updated: '2026-11-01T00:00:00.000+0000' } })).toMatchObject({ records: [], ignored: [], deletions: [{ type: 'Ticket', externalRef: { system: 'jira', id: 'ACME-456' }, source: 'jira', occurredAt: '2026-11-21T08:00:00.000Z' }] });
  });

  test('states only what the event has: null clears, absent leaves', () => {
    const bare = { timestamp: 1_795_248_000_000, webhookEvent: 'jira:issue_updated', issue: { id: '1', key: 'acme-1', fields: { labels: ['account-acme'], assignee: null, priority: null } } };
    expect(readJira(bare, {}).records[0]?.input).toEqual({ account: { externalRef: { system: 'jira', id: 'acme' } }, externalRef: { system: 'jira', id: 'acme-1' }, key: 'ACME-1', assignee: null, priority: null, labels: ['account-acme'], mode: 'PATCH', source: 'jira', occurredAt: new Date(1_795_248_000_000).toISOString() });
    expect(inputOf({ fields: { priority: { name: 'Our own' }, status: { name: 'Odd', statusCategory: { key: 'undefined' } } } })).toMatchObject({ priority: null, status: 'Odd' });
    expect(inputOf({ fields: { summary: 'x'.repeat(600) } })?.['summary']).toHaveLength(500);
  });
});

describe('signals of an issue', () => {
  test('follow from each event by itself', () => {
    const types = (options: JiraEventOptions, settings: object = {}) => signalsOf(options, settings).map(({ type }) => type);
    expect(types({ name: 'jira:issue_created', labels: ['account-acme', 'Blocker'] })).toEqual(['blocker_opened']);
    expect(types({ name: 'jira:issue_created' })).toEqual(['support_ticket']);
    expect(types({ labels: ['account-acme', 'blocker'], changelog: labelChange('account-acme', 'account-acme blocker') })).toEqual(['blocker_opened']);
    expect(types({ labels: ['account-acme', 'blocker', 'x'], changelog: labelChange('account-acme blocker', 'account-acme blocker x') })).toEqual([]);
    expect(types({ fields: done, changelog: { id: '2', items: [{ field: 'resolution', fromString: null, toString: 'Done' }, { field: 'status', fromString: 'In Progress', toString: 'Done' }] } })).toEqual(['ticket_resolved']);
    expect(types({ fields: { status: done.status }, changelog: { id: '2', items: [{ field: 'status', fromString: 'In Progress', toString: 'Done' }] } })).toEqual(['ticket_resolved']);
    expect(types({ changelog: { id: '2', items: [{ field: 'resolution', fromString: 'Done', toString: null }] } })).toEqual(['ticket_reopened']);
    expect(types({ changelog: { id: '2', items: [{ field: 'resolution', fromString: 'Done' }] } })).toEqual(['ticket_reopened']);
    expect(types({ fields: { summary: 'We lose against Rival Inc' }, changelog: { id: '2', items: [{ field: 'summary', fromString: 'a', toString: 'b' }] } })).toEqual([]);
    expect(types({ name: 'jira:issue_created', labels: ['account-acme', 'stopper'] }, { blockerLabels: ['stopper'] })).toEqual(['blocker_opened']);
  });

  test('are known by what Jira signed, and hold no words of people', () => {
    expect(signalsOf({ name: 'jira:issue_created' })).toEqual([{ account: { externalRef: { system: 'jira', id: 'acme' } }, type: 'support_ticket', source: 'jira', sourceEventId: 'issue/1456/created/support_ticket', occurredAt: '2026-11-21T08:00:00.000Z', payload: { key: 'ACME-456', project: 'ACME', priority: 'High', status: 'In Progress' } }]);
    expect(signalsOf({ labels: ['account-acme', 'blocker'], changelog: labelChange('account-acme', 'account-acme blocker') })[0]?.sourceEventId).toBe('issue/1456/10087/blocker_opened');
  });
});

test.each([
  [null, ['webhookEvent']], [[], ['webhookEvent']], [{}, ['webhookEvent']], [{ webhookEvent: 5 }, ['webhookEvent']],
  [{ webhookEvent: 'jira:issue_updated' }, ['issue']], [jiraEvent({ key: 'nonsense' }), ['issue', 'key']], [jiraEvent({ fields: { updated: 'yesterday' } }), ['issue', 'fields', 'updated']],
  [jiraEvent({ fields: { labels: 'account-acme' } }), ['issue', 'fields', 'labels']], [jiraEvent({ fields: { status: 'Done' } }), ['issue', 'fields', 'status']], [{ ...jiraEvent(), changelog: { items: {} } }, ['changelog', 'items']],
  [{ webhookEvent: 'jira:issue_deleted', issue: { id: '1', key: 'A-1', fields: {} } }, ['timestamp']],
])('a malformed event is refused with the place of the fault: %#', (body, path) => {
  expect(() => readJira(body, {})).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: path }) as Error);
});

test('events of other kinds are ignored, and say which to select', () => {
  expect(readJira({ webhookEvent: 'comment_created', comment: {} }, {})).toMatchObject({ records: [], signals: [], ignored: [{ reason: 'NOT_READ' }] });
});
