import { InvalidInput } from '../../../platform/errors.ts';
import { readFetched } from '../outbound/read-fetched.ts';
import { joinReadings, type Reading } from '../reading.ts';
import type { Reference } from '../vendor-settings.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { NotionClient } from './client.ts';
import type { NotionConnectionSettings, PageKind } from './connection-settings.ts';
import { kindOfPage, orNone, typeOfProperty, type DataSources } from './data-sources.ts';
import { checkPage, idIn, notionId, type NotionPage } from './page.ts';
import { linesOfPage } from './page-lines.ts';
import { propertyOf, relationOf } from './property-value.ts';
import { readPage, referenceOfAccountPage, recordTypes } from './read-page.ts';
import { peopleOn } from './read-records.ts';

/** What a session knows of its workspace. */
export interface Workspace {
  readonly client: NotionClient;
  readonly settings: NotionConnectionSettings;
  readonly sources: DataSources;
  /** References of accounts by the ids of their pages. */
  readonly accounts: Map<string, Reference>;
  /** Names of people by their ids; an empty one is not known. */
  readonly names: Map<string, string>;
}

/** How many accounts and names a session remembers. */
const mostRemembered = 20_000;

/** Reads a page that Notion returned, with what it refers to. One of another shape is said to be so. */
export async function completePage(workspace: Workspace, given: unknown, changedAt: string | null = null): Promise<Reading> {
  const { settings, accounts, names, sources } = workspace;
  try {
    const page = checkPage(given);
    const kind = kindOfPage(page, sources);
    const [lines] = kind ? await Promise.all([linesOfPage(workspace, page, kind), rememberAccount(workspace, page, kind), rememberPeople(workspace, page, kind)]) : [null];
    return readPage(page, { kind, changedAt, settings, accounts, names, lines });
  } catch (error) {
    if (error instanceof InvalidInput) return readFetched(['pages', idIn(given)], () => { throw error; });
    throw error;
  }
}

/** Reads a page by its id. One that Notion does not show any more has ended, as of the event that asked; without an event nothing is known of it. */
export async function fetchPage(workspace: Workspace, id: string, changedAt: string | null): Promise<Reading> {
  const page = await orNone(workspace.client.page(id));
  if (page !== null) return completePage(workspace, page, changedAt);
  const path = ['pages', id];
  const about = { externalRef: { system: 'notion', id }, source: 'notion', reason: 'Notion does not show the page any more', path };
  if (changedAt !== null) return joinReadings([{ deletions: Object.values(recordTypes).map((type) => ({ ...about, type, occurredAt: changedAt })) }]);
  return joinReadings([{ ignored: [{ reason: 'NOT_READ', message: 'Notion has no such page, or it is not shared with the integration: open it in Notion → ••• → Connections → add the integration.', path }] }]);
}

/** The page of the account that a page is about, where it may name the account by an id. */
async function rememberAccount({ client, settings, sources, accounts }: Workspace, page: NotionPage, kind: PageKind): Promise<void> {
  if (kind === 'accounts') {
    remember(accounts, notionId(page.id), referenceOfAccountPage(page, settings));
    return;
  }
  const source = sources.get('accounts');
  const [related] = relationOf(propertyOf(page, settings[kind].properties.account));
  if (related === undefined || accounts.has(related) || !source || typeOfProperty(source, settings.accounts.properties.id) === undefined) return;
  const found = await orNone(client.page(related));
  if (found) remember(accounts, related, referenceOfAccountPage(checkPage(found), settings));
}

/** The names of people whom the page names without them. */
async function rememberPeople({ client, settings, names }: Workspace, page: NotionPage, kind: PageKind): Promise<void> {
  if (kind === 'accounts' || kind === 'weeklySummaries') return;
  const property = kind === 'notes' ? settings.notes.properties.author : settings.managerFlags.properties.setBy;
  for (const { id, name } of peopleOn(page, [property])) {
    if (name !== null || names.has(id)) continue;
    remember(names, id, (await orHidden(client.nameOf(id))) ?? '');
  }
}

/** Null where the integration may not read names. */
async function orHidden<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await orNone(answer);
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'FORBIDDEN') return null;
    throw error;
  }
}

function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  if (known.size >= mostRemembered) known.clear();
  known.set(key, value);
}
