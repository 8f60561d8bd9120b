import * as fc from 'fast-check';
import { done } from '../connectors/payloads/jira.ts';
import { edit, message, slackTime } from '../connectors/payloads/slack.ts';
import { servedIssue } from '../connectors/vendors/jira-server.ts';
import { property } from '../connectors/vendors/notion-server.ts';
import { servedMessage } from '../connectors/vendors/slack-server.ts';
import type { Delivery, Part, Ref } from './history.ts';
import { byContent, instants, people } from './kinds.ts';
import type { VendorAnswer } from './read-fetch.ts';
import { channel, first, second } from './vendor-webhooks.ts';

const at = fc.constantFrom(...instants);
const word = fc.constantFrom('Alpha', 'Beta');
const rarely = fc.constantFrom(true, ...Array.from({ length: 7 }, () => false));
const account = (ref: Ref, when: string): Part => ({ kind: 'account', ref, source: ref.system, mode: 'PATCH', at: when, modifiedAt: null, fields: {} });
const record = (plural: string, ref: Ref, { of, when }: { readonly of: Ref; readonly when: string }): Part => ({ kind: 'record', plural, account: of, ref, source: ref.system, mode: 'PATCH', at: when, modifiedAt: null, fields: {} });
const deletion = (type: string, ref: Ref, when: string | null): Part => ({ kind: 'deletion', type, ref, source: ref.system, at: when });
const fetched = (answer: VendorAnswer, parts: readonly Part[]): Delivery => ({ kind: 'fetched', answer, parts });

const salesforceRef = (id: string): Ref => ({ system: 'salesforce', id });
const salesforceAccounts = [first.id, second.id] as const;
/** A record as a query returns it: every field, null where it has none. To which account it belongs follows from its content. */
const salesforce: fc.Arbitrary<Delivery> = fc
  .record({ type: fc.constantFrom('Account', 'Contact', 'Contact', 'Opportunity', 'Opportunity', 'Task', 'OpportunityContactRole', 'AccountContactRelation'), name: word, more: fc.boolean(), email: fc.constantFrom(...people), stage: fc.constantFrom('Prospecting', 'Negotiation/Review', 'Closed Won'), IsDeleted: rarely, when: at })
  .map(({ type, name, more, email, stage, IsDeleted, when }): Delivery => {
    const own: Readonly<Record<string, object>> = {
      Account: { Id: first.id, Name: name, Industry: more ? 'Software' : null, Owner: more ? { Name: 'Kim', Email: 'kim@example.com' } : { Name: 'Lee', Email: null } },
      Contact: { Id: '003A', Name: name, Email: email, Title: more ? 'CTO' : null },
      Opportunity: { Id: '006A', Name: name, StageName: stage, Amount: null, CloseDate: null, Probability: more ? 10 : 70, NextStep: null, LastStageChangeDate: null, IsClosed: stage === 'Closed Won', IsWon: stage === 'Closed Won' },
      Task: { Id: '00TA', Subject: name, Type: 'Call', Status: 'Completed', IsClosed: true, CompletedDateTime: when },
      OpportunityContactRole: { Id: more ? '00KA' : '00KB', ContactId: '003A', Role: name },
      AccountContactRelation: { Id: '07kA', ContactId: '003A', Roles: `${name};Champion`, IsDirect: more },
    };
    // A role that was deleted says no more than that.
    const AccountId = byContent(salesforceAccounts, type === 'OpportunityContactRole' && IsDeleted ? 'no role' : [type, own[type]]);
    const of = salesforceRef(AccountId);
    const parts: Readonly<Record<string, Part>> = {
      Account: IsDeleted ? deletion('Account', first, when) : account(first, when),
      Contact: IsDeleted ? deletion('Contact', salesforceRef('003A'), when) : record('contacts', salesforceRef('003A'), { of, when }),
      Opportunity: IsDeleted ? deletion('Opportunity', salesforceRef('006A'), when) : record('opportunities', salesforceRef('006A'), { of, when }),
      Task: IsDeleted ? deletion('Activity', salesforceRef('00TA'), when) : record('activities', salesforceRef('00TA'), { of, when }),
      OpportunityContactRole: record('contacts', salesforceRef('003A'), { of, when }),
      AccountContactRelation: record('contacts', salesforceRef('003A'), { of, when }),
    };
    const isSaid = type !== 'AccountContactRelation' || (more && !IsDeleted);
    return fetched({ vendor: 'salesforce', records: [{ attributes: { type }, SystemModstamp: when, IsDeleted, AccountId, Contact: { AccountId }, ...own[type] }] }, isSaid && parts[type] ? [parts[type]] : []);
  });

/** An issue as a search finds it, with the labels that webhooks give and take; or a key that is gone. */
const jira: fc.Arbitrary<Delivery> = fc
  .record({ key: fc.constantFrom('ACME-1', 'ACME-2'), when: at, labels: fc.constantFrom(['one'], ['one', 'blocker'], ['other'], ['x']), closed: fc.boolean(), gone: rarely })
  .map(({ key, when, labels, closed, gone }): Delivery => {
    const ref = { system: 'jira', id: key };
    if (gone) return fetched({ vendor: 'jira', issues: [], gone: key }, [deletion('Ticket', ref, null)]);
    const part = labels[0] === 'x' ? deletion('Ticket', ref, when) : record('tickets', ref, { of: labels[0] === 'other' ? second : first, when });
    return fetched({ vendor: 'jira', issues: [servedIssue({ key, at: when, labels, fields: closed ? done : {} })], gone: null }, [part]);
  });

/** Slack answers after what its channel shows. */
const answers = ['2026-11-21T08:30:00.000Z', '2026-11-21T08:45:00.000Z', instants[0] ?? ''];
/** The channel at some time: the thread with some of its replies, edited, or ended; and whether the sales engineer is there. */
const slack: fc.Arbitrary<Delivery> = fc
  .record({ root: fc.constantFrom('written', 'edited', 'tombstone'), replies: fc.subarray([1, 2, 3, 4]), when: fc.constantFrom(...answers), presence: fc.constantFrom('active' as const, 'away' as const, null, null), name: fc.constantFrom('Una', null), other: fc.boolean() })
  .map(({ root, replies, when, other, ...seen }): Delivery => {
    const begun = root === 'edited' ? edit(5, 0, { text: 'Edited at 5, <@U0SE>' }) : message(0, { user: 'U1', text: 'Begun by U1 <@U0SE>', ...(root === 'tombstone' ? { subtype: 'tombstone' } : {}) });
    const messages = [begun, ...replies.map((seconds) => message(seconds, { thread_ts: slackTime(0) })), ...(other ? [message(100, { user: 'U1', text: 'Begun by U1 <@U0SE>' })] : [])].map(servedMessage);
    const thread = { system: 'slack', id: `${channel}/${slackTime(0)}` };
    // That a thread ended makes no account known.
    const said = [root === 'tombstone' ? deletion('Thread', thread, when) : record('threads', thread, { of: first, when }), ...(seen.presence === null ? [] : [record('seMentions', { system: 'slack', id: `${channel}/U0SE` }, { of: first, when })])];
    return fetched({ vendor: 'slack', messages, at: when, ...seen }, said);
  });

const hubspotRef = (id: string): Ref => ({ system: 'hubspot', id });
/** A company, a contact or a deal, as an event or a refresh has it read; archived, merged, or without a company. */
const hubspot: fc.Arbitrary<Delivery> = fc
  .record({ kind: fc.constantFrom('company', 'contact', 'deal'), name: word, email: fc.constantFrom(...people), past: fc.subarray(['open', 'won', 'lost'], { minLength: 1 }), archived: rarely, merged: rarely, alone: rarely, when: at, changedAt: fc.option(at) })
  .map(({ kind, name, email, past, archived, merged, alone, when, changedAt }): Delivery => {
    const id = { company: '1', contact: '5', deal: '77' }[kind];
    const content = { company: { name, domain: `${name.toLowerCase()}.example`, industry: null, numberofemployees: '7', hubspot_owner_id: '5' }, contact: { firstname: name, email }, deal: { dealname: name, dealstage: past.at(-1) ?? null, amount: '7' } }[kind];
    const companyId = kind === 'company' || alone ? null : byContent(['1', '2'], content);
    const history = kind === 'deal' ? { dealstage: past.map((value, index) => ({ value, timestamp: instants.toReversed()[index] ?? when })), hs_primary_associated_company: [{ value: '1', timestamp: when }] } : { associatedcompanyid: [{ value: '1', timestamp: when }] };
    const object = { id, archived, ...(archived ? { archivedAt: when } : {}), properties: { ...content, lastmodifieddate: when, hs_lastmodifieddate: when, ...(merged ? { hs_merged_object_ids: `${id}9` } : {}) }, propertiesWithHistory: kind === 'company' ? {} : history };
    const said = changedAt !== null && changedAt > when ? changedAt : when;
    const type = { company: 'Account', contact: 'Contact', deal: 'Opportunity' }[kind];
    const [ref, of] = [hubspotRef(id), hubspotRef(companyId ?? '')];
    const own = archived || (kind !== 'company' && alone) ? deletion(type, ref, archived ? when : said) : kind === 'company' ? account(ref, said) : record(kind === 'contact' ? 'contacts' : 'opportunities', ref, { of, when: said });
    return fetched({ vendor: 'hubspot', kind, object, companyId, changedAt }, [own, ...(merged && !archived ? [deletion(type, hubspotRef(`${id}9`), said)] : [])]);
  });

const notionPage = (number: number): string => `153104cd-477e-809d-8dc4-${String(number).padStart(12, '0')}`;
/** Pages of an account, of what is about it, and of one that names itself; edited within a minute, and in the trash. */
const notion: fc.Arbitrary<Delivery> = fc
  .record({ kind: fc.constantFrom('accounts', 'weeklySummaries', 'managerFlags', 'notes'), name: word, trash: rarely, when: at, changedAt: fc.option(at), own: fc.boolean() })
  .map(({ kind, name, trash, when, changedAt, own }): Delivery => {
    const number = { accounts: 1, weeklySummaries: 2, managerFlags: 3, notes: 4 }[kind];
    const of = byContent([first, second], [kind, name]);
    const about = { Account: property.relation(notionPage(1)) };
    const isNamed = kind !== 'accounts' || own;
    const properties = {
      accounts: { Name: property.title(name), ...(own ? { 'Account ID': property.text(first.id) } : {}), Tier: property.select(name) },
      weeklySummaries: { ...about, 'Week of': property.date('2026-11-16'), Status: property.status(name), Highlights: property.text(name), Risks: property.text('') },
      managerFlags: { ...about, Flag: property.title('strategic_account'), 'Set by': property.text(name), Note: property.text(name) },
      notes: { ...about, Name: property.title(name), Type: property.select('Call'), Author: property.text(name), Date: property.date('2026-11-20') },
    }[kind];
    // The pages of accounts are two: one is of an account that Salesforce has, the other of one that Notion alone has.
    const id = notionPage(isNamed ? number : 9);
    const page = { object: 'page', id, created_time: instants.at(-1), last_edited_time: when, created_by: { object: 'user', id: 'u-maker' }, parent: { type: 'data_source_id', data_source_id: notionPage(90) }, in_trash: trash, properties };
    const said = changedAt !== null && changedAt > when ? changedAt : when;
    const ref = { system: 'notion', id };
    const type = { accounts: 'Account', weeklySummaries: 'WeeklySummary', managerFlags: 'ManagerFlag', notes: 'Note' }[kind];
    const part = kind === 'accounts' && own ? account(first, said) : trash ? deletion(type, ref, said) : kind === 'accounts' ? account(ref, said) : record(kind, ref, { of, when: said });
    return fetched({ vendor: 'notion', kind, page, account: kind === 'accounts' ? null : of, changedAt }, [part]);
  });

/** What is fetched from the vendors, by events, refreshes and back-fills. */
export const vendorAnswers: fc.Arbitrary<Delivery> = fc.oneof(salesforce, jira, slack, hubspot, notion);
