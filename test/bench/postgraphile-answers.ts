import { createSeal, type Seal } from '../../src/platform/postgres/seal.ts';
import { toGlobalId } from '../../src/platform/ids.ts';

/** An answer of PostGraphile, field by field; its shape follows from the operation that was sent. */
type Fields = Readonly<Record<string, never>>;
type Translate = (data: Fields, open: Open) => object;
type Open = (sealed: string | null, key: string | undefined) => string | null;

/** Translates PostGraphile's answers into the program's shape, sealed values opened, so that both can be compared. */
export function createTranslator(masterKey: Buffer): (operation: string, data: Fields) => object {
  const seal: Seal = createSeal(masterKey);
  const open: Open = (sealed, key) => (sealed === null || key === undefined ? null : seal.open(Buffer.from(key, 'base64'), Buffer.from(sealed, 'base64')));
  return (operation, data) => translations[operation]?.(data, open) ?? {};
}

const nodes = (connection: Fields | undefined): Fields[] => ((connection?.['edges'] ?? []) as { node: Fields }[]).map(({ node }) => node);
const edges = (found: readonly object[]): object => ({ edges: found.map((node) => ({ node })) });
const id = (type: string, row: Fields): string => toGlobalId(type, row['rowId'] ?? '');
const pick = (row: Fields, ...names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
const dayInMilliseconds = 86_400_000;

function opportunity(row: Fields): object {
  return { id: id('Opportunity', row), ...pick(row, 'name', 'stage', 'closeDate', 'nextStep'), probability: Number(row['probability']), amount: { amountMinor: Number(row['amountMinor']), currency: row['amountCurrency'] } };
}

function daysInStage(row: Fields): number {
  return Math.floor(Date.now() / dayInMilliseconds) - Math.floor(Date.parse(row['stageSince'] ?? '') / dayInMilliseconds);
}

const contact = (row: Fields, open: Open, ...sealed: readonly string[]): object =>
  Object.fromEntries(sealed.map((name) => [name, open(row[`${name}Sealed`] ?? null, (row['subjectKeyByTenantIdAndSubjectId'] as Fields | undefined)?.['wrappedKey'])]));
const person = (row: Fields, open: Open): object => ({ id: id('Contact', row), ...contact(row, open, 'name', 'email'), ...pick(row, 'title', 'role') });
const activity = (row: Fields): object => ({ id: id('Activity', row), ...pick(row, 'type', 'subject', 'occurredAt') });
const ticket = (row: Fields): object => ({ id: id('Ticket', row), ...pick(row, 'key', 'summary', 'status', 'priority', 'labels', 'assignee', 'url') });
const signal = (row: Fields): object => ({ id: id('Signal', row), ...pick(row, 'type', 'source', 'occurredAt', 'recordedAt', 'payload') });
const refs = (row: Fields): object[] => nodes(row['externalRefsByTenantIdAndNodeId']).map((ref) => ({ system: ref['system'], id: ref['externalId'] }));
const contributions = (context: Fields): object[] =>
  nodes(context['contributions']).map((row) => ({ signal: { id: toGlobalId('Signal', row['signalId'] ?? ''), ...pick(row, 'type', 'source', 'occurredAt') }, ...pick(row, 'weight', 'decayFactor', 'points') }));
const context = (row: Fields): Fields => row['accountContextByTenantIdAndAccountId'] ?? ({} as Fields);
const page = (connection: Fields, node: (row: Fields) => object): object => ({
  pageInfo: connection['pageInfo'], edges: ((connection['edges'] ?? []) as { cursor: string; node: Fields }[]).map((edge) => ({ cursor: edge.cursor, node: node(edge.node) })),
});

const translations: Readonly<Record<string, Translate>> = {
  twenty: ({ allAccounts }, open) => ({ accounts: edges(nodes(allAccounts).map((row) => ({
    id: id('Account', row), ...pick(row, 'name', 'industry', 'status'), externalRefs: refs(row), opportunities: edges(nodes(row['opportunitiesByTenantIdAndAccountId']).map(opportunity)),
    contacts: edges(nodes(row['contactsByTenantIdAndAccountId']).map((one) => person(one, open))), activities: edges(nodes(row['activitiesByTenantIdAndAccountId']).map(activity)),
    tickets: edges(nodes(row['ticketsByTenantIdAndAccountId']).map(ticket)), intent: { ...(context(row)['intent'] as unknown as object), contributions: contributions(context(row)) },
    signals: edges(nodes(row['signalsByTenantIdAndAccountId']).map(signal)),
  }))) }),
  account({ accountByTenantIdAndRowId: row = {} as never }, open) {
    const { nextCrossingAt, nextCrossingDirection, ...intent } = (context(row)['intent'] ?? {}) as Fields;
    const typed = row['signalsOfTypes'] as unknown as Fields;
    return { account: {
      id: id('Account', row), ...pick(row, '__typename', 'name', 'industry', 'region', 'status', 'tier', 'website', 'employeeCount'), externalRefs: refs(row),
      revenue: { amountMinor: Number(row['revenueMinor']), currency: row['revenueCurrency'] }, owner: { name: row['ownerName'], email: row['ownerEmail'] }, csm: { name: row['csmName'], email: row['csmEmail'] },
      opportunities: edges(nodes(row['opportunitiesByTenantIdAndAccountId']).map((one) => ({ ...opportunity(one), daysInStage: daysInStage(one) }))),
      contacts: edges(nodes(row['contactsByTenantIdAndAccountId']).map((one) => person(one, open))), activities: edges(nodes(row['activitiesByTenantIdAndAccountId']).map(activity)),
      tickets: { totalCount: (row['openTickets'] as unknown as Fields)['totalCount'], ...edges(nodes(row['openTickets']).map(ticket)) },
      threads: edges(nodes(row['threadsByTenantIdAndAccountId']).map((one) => ({ id: id('Thread', one), ...pick(one, 'author', 'preview', 'replyCount', 'occurredAt') }))),
      managerFlags: nodes(row['managerFlagsByTenantIdAndAccountId']), weeklySummary: nodes(row['weeklySummariesByTenantIdAndAccountId'])[0] ?? null,
      intent: { __typename: 'IntentScore', ...intent, contributions: contributions(context(row)), nextThresholdCrossing: nextCrossingAt ? { at: nextCrossingAt, direction: nextCrossingDirection } : null },
      signals: { totalCount: typed['totalCount'], ...page(typed, signal) },
    } };
  },
  portfolio: ({ portfolioAccounts = {} as never }, open) => ({ accounts: page(portfolioAccounts, (row) => {
    const account = row['accountByTenantIdAndAccountId'] as unknown as Fields;
    return { id: id('Account', account), name: account['name'], intent: row['intent'], contacts: edges(nodes(account['contactsByTenantIdAndAccountId']).map((one) => contact(one, open, 'name'))) };
  }) }),
  feed: ({ accountByTenantIdAndRowId: row = {} as never }) => ({ account: { signals: page(row['signalsByTenantIdAndAccountId'] as unknown as Fields, signal) } }),
};
