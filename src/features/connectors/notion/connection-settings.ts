import { z } from 'zod';
import { notionSettings } from './settings.ts';

const name = z.string('must be the name of a property').min(1, 'must not be empty').max(200, 'must have at most 200 characters');
/** Where pages of a kind are: the id of their data source or database, or its title. Null: they are not read. */
const place = (title: string) => z.string('dataSource must be the title or the id of a Notion data source').min(1, 'dataSource must not be empty').max(200).nullable().default(title);
/** What an account is called on the pages that are about it: a relation to the account's page, or a text with the account's id. */
const account = name.default('Account');

/** How pages are read: in which data sources they are, and which property holds what. Every name has a default. */
export const notionConnectionSettings = notionSettings.extend({
  /** The system of the ids that the pages of accounts hold. A page without an id is the account `notion:<page>`. */
  accountSystem: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'accountSystem must be lower-case letters, digits, _ or -').default('salesforce'),
  /** On which day weeks begin in Notion: a summary of a Sunday belongs to the week that follows where that is SUNDAY. */
  weeksBegin: z.enum(['MONDAY', 'SUNDAY'], 'weeksBegin must be MONDAY or SUNDAY').default('MONDAY'),
  accounts: z.strictObject({
    dataSource: place('Accounts'),
    properties: z.strictObject({ id: name.default('Account ID'), website: name.default('Website'), industry: name.default('Industry'), region: name.default('Region'), tier: name.default('Tier'), jiraProjectKey: name.default('Jira project'), slackChannelId: name.default('Slack channel') }).prefault({}),
  }).prefault({}),
  weeklySummaries: z.strictObject({
    dataSource: place('Weekly summaries'),
    properties: z.strictObject({ account, weekOf: name.default('Week of'), status: name.default('Status'), highlights: name.default('Highlights'), risks: name.default('Risks') }).prefault({}),
  }).prefault({}),
  managerFlags: z.strictObject({
    dataSource: place('Manager flags'),
    properties: z.strictObject({ account, flag: name.default('Flag'), setBy: name.default('Set by'), setOn: name.default('Set on'), note: name.default('Note') }).prefault({}),
  }).prefault({}),
  notes: z.strictObject({
    dataSource: place('Notes'),
    properties: z.strictObject({ account, noteType: name.default('Type'), author: name.default('Author'), date: name.default('Date') }).prefault({}),
  }).prefault({}),
});
/** Settings of a connection to Notion. */
export type NotionConnectionSettings = z.output<typeof notionConnectionSettings>;

/** The kinds of pages that are read; accounts before what is about them. */
export const pageKinds = ['accounts', 'weeklySummaries', 'managerFlags', 'notes'] as const;
/** A kind of page. */
export type PageKind = (typeof pageKinds)[number];
