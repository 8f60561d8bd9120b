import { createSeal } from '../../src/platform/postgres/seal.ts';
import { toGlobalId } from '../../src/platform/ids.ts';

type Fields = Readonly<Record<string, unknown>>;
type Open = (sealed: unknown, key: unknown) => string | null;
type Translate = (data: Fields, open: Open) => object;

/** Translates PostGraphile's answers into the program's shape, sealed values opened, so that both can be compared. */
export function createTranslator(masterKey: Buffer): (operation: string, data: object) => object {
  const seal = createSeal(masterKey);
  const open: Open = (sealed, key) => (typeof sealed === 'string' && typeof key === 'string' ? seal.open(Buffer.from(key, 'base64'), Buffer.from(sealed, 'base64')) : null);
  return (operation, data) => translations[operation]?.({ ...data }, open) ?? {};
}

/** The object in a field; an empty one where there is none, whose fields then differ. */
function at(row: Fields, name: string): Fields {
  const value = row[name];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function edgesOf(connection: Fields): Fields[] {
  const { edges } = connection;
  return Array.isArray(edges) ? edges.map((edge: object) => ({ ...edge })) : [];
}

const nodes = (row: Fields, name: string): Fields[] => edgesOf(at(row, name)).map((edge) => at(edge, 'node'));
const edges = (found: readonly object[]): object => ({ edges: found.map((node) => ({ node })) });
const id = (type: string, uuid: unknown): string => toGlobalId(type, String(uuid));
const pick = (row: Fields, ...names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
const page = (connection: Fields, node: (row: Fields) => object): object => ({ pageInfo: connection['pageInfo'], edges: edgesOf(connection).map((edge) => ({ cursor: edge['cursor'], node: node(at(edge, 'node')) })) });

const dayInMilliseconds = 86_400_000;
const daysInStage = (row: Fields): number => Math.floor(Date.now() / dayInMilliseconds) - Math.floor(Date.parse(String(row['stageSince'])) / dayInMilliseconds);
const opportunity = (row: Fields): object => ({
  id: id('Opportunity', row['rowId']), ...pick(row, 'name', 'stage', 'closeDate', 'nextStep'), probability: Number(row['probability']), amount: { amountMinor: Number(row['amountMinor']), currency: row['amountCurrency'] },
});
const opened = (row: Fields, open: Open, ...names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, open(row[`${name}Sealed`], at(row, 'subjectKeyByTenantIdAndSubjectId')['wrappedKey'])]));
const activity = (row: Fields): object => ({ id: id('Activity', row['rowId']), ...pick(row, 'type', 'subject', 'occurredAt') });
const ticket = (row: Fields): object => ({ id: id('Ticket', row['rowId']), ...pick(row, 'key', 'summary', 'status', 'priority', 'labels', 'assignee', 'url') });
const signal = (row: Fields): object => ({ id: id('Signal', row['rowId']), ...pick(row, 'type', 'source', 'occurredAt', 'recordedAt', 'payload') });
const contribution = (row: Fields): object => ({ signal: { id: id('Signal', row['signalId']), ...pick(row, 'type', 'source', 'occurredAt') }, ...pick(row, 'weight', 'decayFactor', 'points') });

/** What both the page of twenty and the account page show of an account. */
function lists(row: Fields, open: Open): object {
  return {
    externalRefs: nodes(row, 'externalRefsByTenantIdAndNodeId').map((ref) => ({ system: ref['system'], id: ref['externalId'] })),
    contacts: edges(nodes(row, 'contactsByTenantIdAndAccountId').map((one) => ({ id: id('Contact', one['rowId']), ...opened(one, open, 'name', 'email'), ...pick(one, 'title', 'role') }))),
    activities: edges(nodes(row, 'activitiesByTenantIdAndAccountId').map(activity)),
  };
}

const translations: Readonly<Record<string, Translate>> = {
  twenty: (data, open) => ({ accounts: edges(nodes(data, 'allAccounts').map((row) => {
    const context = at(row, 'accountContextByTenantIdAndAccountId');
    return {
      id: id('Account', row['rowId']), ...pick(row, 'name', 'industry', 'status'), ...lists(row, open), opportunities: edges(nodes(row, 'opportunitiesByTenantIdAndAccountId').map(opportunity)),
      tickets: edges(nodes(row, 'ticketsByTenantIdAndAccountId').map(ticket)), intent: { ...at(context, 'intent'), contributions: nodes(context, 'contributions').map(contribution) }, signals: edges(nodes(row, 'signalsByTenantIdAndAccountId').map(signal)),
    };
  })) }),
  account(data, open) {
    const row = at(data, 'accountByTenantIdAndRowId');
    const [context, typed] = [at(row, 'accountContextByTenantIdAndAccountId'), at(row, 'signalsOfTypes')];
    const { nextCrossingAt, nextCrossingDirection, ...intent } = at(context, 'intent');
    return { account: {
      id: id('Account', row['rowId']), ...pick(row, '__typename', 'name', 'industry', 'region', 'status', 'tier', 'website', 'employeeCount'), ...lists(row, open),
      revenue: { amountMinor: Number(row['revenueMinor']), currency: row['revenueCurrency'] }, owner: { name: row['ownerName'], email: row['ownerEmail'] }, csm: { name: row['csmName'], email: row['csmEmail'] },
      opportunities: edges(nodes(row, 'opportunitiesByTenantIdAndAccountId').map((one) => ({ ...opportunity(one), daysInStage: daysInStage(one) }))),
      tickets: { totalCount: at(row, 'openTickets')['totalCount'], ...edges(nodes(row, 'openTickets').map(ticket)) },
      threads: edges(nodes(row, 'threadsByTenantIdAndAccountId').map((one) => ({ id: id('Thread', one['rowId']), ...pick(one, 'author', 'preview', 'replyCount', 'occurredAt') }))),
      managerFlags: nodes(row, 'managerFlagsByTenantIdAndAccountId'), weeklySummary: nodes(row, 'weeklySummariesByTenantIdAndAccountId')[0] ?? null,
      intent: { __typename: 'IntentScore', ...intent, contributions: nodes(context, 'contributions').map(contribution), nextThresholdCrossing: typeof nextCrossingAt === 'string' ? { at: nextCrossingAt, direction: nextCrossingDirection } : null },
      signals: { totalCount: typed['totalCount'], ...page(typed, signal) },
    } };
  },
  portfolio: (data, open) => ({ accounts: page(at(data, 'portfolioAccounts'), (row) => {
    const account = at(row, 'accountByTenantIdAndAccountId');
    return { id: id('Account', account['rowId']), name: account['name'], intent: row['intent'], contacts: edges(nodes(account, 'contactsByTenantIdAndAccountId').map((one) => opened(one, open, 'name'))) };
  }) }),
  feed: (data) => ({ account: { signals: page(at(at(data, 'accountByTenantIdAndRowId'), 'signalsByTenantIdAndAccountId'), signal) } }),
};
