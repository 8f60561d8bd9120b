import { InvalidInput } from '../../../platform/errors.ts';
import type { AccountStatement, RecordInput } from '../../accounts/index.ts';
import { readFetched } from '../outbound/read-fetched.ts';
import type { Reading, ReadRecord } from '../reading.ts';
import type { Reference } from '../vendor-settings.ts';
import { shortened } from '../vendor-values.ts';
import type { PageLine } from './block-text.ts';
import { pageKinds, type NotionConnectionSettings, type PageKind } from './connection-settings.ts';
import { checkPage, idIn, isTrashed, notionId, timesOf, type NotionPage } from './page.ts';
import { propertyOf, relationOf, textOf, titleOf } from './property-value.ts';
import { readFlag, readNote, readSummary, type PageContent } from './read-records.ts';

/** A page that Notion returned, and what is known around it. */
export interface PageAround {
  /** What it is about, by its data source; null: it is not one that is read. */
  readonly kind: PageKind | null;
  readonly changedAt: string | null;
  readonly settings: NotionConnectionSettings;
  /** The references of accounts by the ids of their pages; those that are missing are `notion:<page>`. */
  readonly accounts: ReadonlyMap<string, Reference>;
  /** Names of people by their ids. */
  readonly names: ReadonlyMap<string, string>;
  /** The lines of the page; null: they were not read. */
  readonly lines: readonly PageLine[] | null;
}

/** What a page is stated as. */
export const recordTypes = { weeklySummaries: 'WeeklySummary', managerFlags: 'ManagerFlag', notes: 'Note' } as const satisfies Partial<Record<PageKind, string>>;

/** Reads a page. Pure: the same page gives the same statements, whichever way it was asked for. */
export function readPage(given: unknown, around: PageAround): Reading {
  const { kind, settings, changedAt } = around;
  const path = ['pages', idIn(given)];
  return readFetched(path, () => {
    const page = checkPage(given);
    if (kind === null) return { ignored: [{ reason: 'NOT_READ', message: `The page is in none of the data sources that are read: ${namesOf(settings)}. Change them in the settings of the connection.`, path }] };
    const { at, createdAt } = timesOf(page, changedAt);
    if (kind === 'accounts') return readAccountPage(page, { at, path, settings });
    const externalRef = { system: 'notion', id: notionId(page.id) };
    if (isTrashed(page)) return { deletions: [{ type: recordTypes[kind], externalRef, source: 'notion', occurredAt: at, reason: 'Moved to the trash in Notion', path }] };
    const account = accountOf(page, kind, around);
    if (account === null) return { ignored: [{ reason: 'NO_ACCOUNT', message: `Nothing on the page names its account. Give it the property ${settings[kind].properties.account}: a relation to the page of the account, or the account's id.`, path }] };
    const content: PageContent = { page, at, createdAt, names: around.names, lines: around.lines };
    const { occurredAt, ...fields } = kind === 'notes' ? readNote(content, settings) : kind === 'weeklySummaries' ? readSummary(content, settings) : readFlag(content, settings);
    const input: RecordInput = { account: { externalRef: account }, externalRef, ...fields, mode: 'PATCH', source: 'notion', occurredAt: occurredAt ?? createdAt, modifiedAt: at };
    return { records: [{ plural: kind, input, path, names: { 'account.externalRef.id': settings[kind].properties.account } } satisfies ReadRecord] };
  });
}

const namesOf = (settings: NotionConnectionSettings): string => pageKinds.flatMap((kind) => settings[kind].dataSource ?? []).join(', ');

/** The account that a page is about: the first page of its relation, or the id that it holds as text. */
function accountOf(page: NotionPage, kind: Exclude<PageKind, 'accounts'>, { settings, accounts }: PageAround): Reference | null {
  const property = propertyOf(page, settings[kind].properties.account);
  const [related] = relationOf(property);
  if (related !== undefined) return accounts.get(related) ?? { system: 'notion', id: related };
  const text = textOf(property);
  return text === null ? null : checkedId(settings.accountSystem, text);
}

function checkedId(system: string, text: string): Reference {
  if (text.length > 255) throw new InvalidInput('The id of the account must have at most 255 characters.');
  return { system, id: text };
}

/** How the page of an account names it: by its id in the system of the settings, or by itself. */
export function referenceOfAccountPage(page: NotionPage, { accountSystem, accounts }: NotionConnectionSettings): Reference {
  const id = textOf(propertyOf(page, accounts.properties.id));
  return id === null ? { system: 'notion', id: notionId(page.id) } : checkedId(accountSystem, id);
}

/** The page of an account: which account it is, and what it says of it. An account that another system names does not end with its page. */
function readAccountPage(page: NotionPage, { at, path, settings }: { readonly at: string; readonly path: readonly string[]; readonly settings: NotionConnectionSettings }): Partial<Reading> {
  const externalRef = referenceOfAccountPage(page, settings);
  if (isTrashed(page) && externalRef.system === 'notion') return { deletions: [{ type: 'Account', externalRef, source: 'notion', occurredAt: at, reason: 'Moved to the trash in Notion', path }] };
  const title = titleOf(page);
  const fields = Object.entries(settings.accounts.properties).flatMap(([field, name]): [string, string | null][] => {
    const property = field === 'id' ? undefined : propertyOf(page, name);
    const text = textOf(property);
    return property ? [[field, text && shortened(text, 500)]] : [];
  });
  const stated: Partial<AccountStatement> = isTrashed(page) ? { notionPageId: null } : { ...(title === null ? {} : { name: shortened(title, 500) }), ...Object.fromEntries(fields), notionPageId: notionId(page.id) };
  return { accounts: [{ input: { ...stated, externalRef, mode: 'PATCH', source: 'notion', occurredAt: at }, path }] };
}
