import 'reflect-metadata';
import { bandOf, scorePartsAt, trendOf } from '../../src/features/scoring/intent-score.ts';
import { nextCrossing } from '../../src/features/scoring/score-crossings.ts';
import { readStateBytes } from '../../src/features/scoring/state-bytes.ts';
import { defaultScoringModelParameters, type ScoringModel } from '../../src/features/scoring/scoring-model.ts';
import { writeCursor } from '../../src/platform/page/cursor.ts';
import { createSeal } from '../../src/platform/postgres/seal.ts';
import type { Ask, Row } from './hand-asker.ts';
import { contextDocument } from './hand-context.ts';
import { approvalQueue, oneAccount, portfolio, profileFields, queueLength, signalFeed, twentyAccounts } from './hand-sql.ts';
import { readPart } from './part.ts';
import { uuidOf } from './read-bodies.ts';

const { tenantId, masterKey } = readPart();
const seal = createSeal(Buffer.from(masterKey, 'base64'));
const model: ScoringModel = { ...defaultScoringModelParameters(), version: 1 };
const kinds = model.signalTypes;
const modelValues = [kinds.map(({ type }) => type), kinds.map(({ weight }) => weight), kinds.map(({ halfLifeHours }) => halfLifeHours * 3_600)];

interface Contact {
  name: string | null;
  email?: string | null;
  key?: string | undefined;
}
interface Contribution {
  readonly signal: { readonly type: string };
  readonly weight: number;
  readonly decayFactor: number;
  points?: number;
}

const edges = (nodes: readonly object[]): object => ({ edges: nodes.map((node) => ({ node })) });
const opened = (key: string | undefined, sealed: string | null | undefined): string | null => (key && sealed ? seal.open(Buffer.from(key, 'base64'), Buffer.from(sealed, 'base64')) : null);

function openContacts(contacts: Contact[]): object {
  for (const contact of contacts) {
    contact.name = opened(contact.key, contact.name);
    if (contact.email !== undefined) contact.email = opened(contact.key, contact.email);
    delete contact.key;
  }
  return edges(contacts);
}

function intentOf(row: Row): object {
  const { sums, fit, contributions, before } = row as unknown as { sums: Buffer | null; fit: number; contributions?: Contribution[]; before?: number | null };
  if (sums === null) return {};
  const state = readStateBytes(sums);
  const at = Date.now();
  const parts = scorePartsAt(state, model, fit, at);
  const value = parts.score;
  for (const each of contributions ?? []) each.points = each.weight * each.decayFactor * (parts.types.get(each.signal.type)?.pointsPerUnit ?? 0);
  const crossing = before === undefined ? null : nextCrossing(state, model, fit, at);
  return {
    value, band: bandOf(value, model), ...(contributions ? { contributions } : {}),
    ...(before === undefined ? {} : { trend: trendOf(value, before ?? 0, model), computedAt: new Date(at).toISOString(), modelVersion: 1, nextThresholdCrossing: crossing === null ? null : { at: new Date(crossing.at).toISOString(), direction: crossing.direction } }),
  };
}

function withoutScore({ sums: _sums, fit: _fit, contributions: _contributions, before: _before, nextCrossingAt: _nextCrossingAt, ...row }: Row): Row {
  return row;
}

/** Answers by the name of the page, in the shape in which the program answers. */
export const pages: Readonly<Record<string, (ask: Ask, input: Record<string, string>) => Promise<object>>> = {
  async twenty(ask, { name = '', id = '00000000-0000-0000-0000-000000000000' }) {
    const rows = await ask(twentyAccounts, [...modelValues, name, id]);
    return { accounts: edges(rows.map((row) => ({ ...withoutScore(row), opportunities: edges(row['opportunities'] ?? []), contacts: openContacts(row['contacts'] ?? []), activities: edges(row['activities'] ?? []), tickets: edges(row['tickets'] ?? []), intent: intentOf(row), signals: edges(row['signals'] ?? []) }))) };
  },
  async account(ask, { id = '' }) {
    const [row] = await ask(oneAccount, [...modelValues, id]);
    if (!row) return { account: null };
    const { weeklySummary, signalCount, openTickets, ...account } = withoutScore(row) as unknown as { weeklySummary: object[]; signalCount: string; openTickets: string } & Record<string, never[]>;
    const signals = ((account['signals'] ?? []) as { id: string; place: string }[]).map(({ place, ...node }) => ({ cursor: writeCursor({ tenantId, order: 'signals.OCCURRED_AT.DESC', value: place, key: uuidOf(node.id) }), node }));
    const shown = signals.slice(0, 10);
    return { account: {
      __typename: 'Account', ...account, opportunities: edges(account['opportunities'] ?? []), contacts: openContacts(account['contacts'] ?? []), activities: edges(account['activities'] ?? []), threads: edges(account['threads'] ?? []),
      tickets: { totalCount: Number(openTickets), ...edges(account['tickets'] ?? []) }, weeklySummary: weeklySummary[0] ?? null, intent: { __typename: 'IntentScore', ...intentOf(row) },
      signals: { totalCount: Number(signalCount), pageInfo: { hasNextPage: signals.length > 10, endCursor: shown.at(-1)?.cursor ?? null }, edges: shown },
    } };
  },
  async portfolio(ask, { value = 'infinity', key = 'ffffffff-ffff-ffff-ffff-ffffffffffff' }) {
    const rows = (await ask(portfolio, [value, key])) as unknown as { id: string; uuid: string; name: string; place: string; contacts: Contact[] }[];
    const shown = rows.slice(0, 20).map((row) => ({ cursor: writeCursor({ tenantId, order: 'accounts.INTENT.DESC', value: row.place, key: row.uuid }), node: { id: row.id, name: row.name, intent: intentOf(row as never), contacts: openContacts(row.contacts) } }));
    return { accounts: { pageInfo: { hasNextPage: rows.length > 20, endCursor: shown.at(-1)?.cursor ?? null }, edges: shown } };
  },
  async feed(ask, { id = '', value = '', key = '' }) {
    const rows = (await ask(signalFeed, [id, value, key])) as unknown as { uuid: string; place: string }[];
    const shown = rows.slice(0, 50).map(({ uuid, place, ...node }) => ({ cursor: writeCursor({ tenantId, order: 'signals.OCCURRED_AT.DESC', value: place, key: uuid }), node }));
    return { account: { signals: { pageInfo: { hasNextPage: rows.length > 50, endCursor: shown.at(-1)?.cursor ?? null }, edges: shown } } };
  },
  async profile(ask, { id = '' }) {
    const rows = (await ask(profileFields, [id])) as unknown as { key: string; sealed: string; state: string; errors: readonly string[] }[];
    return { account: { profile: { fields: rows.map(({ key, sealed, state, errors, ...field }) => ({ ...field, value: JSON.parse(opened(key, sealed) ?? 'null') as unknown, validation: { state, errors } })) } } };
  },
  async context(ask, { id = '' }) {
    const [row] = await ask(contextDocument, [id]);
    if (!row) return { account: null };
    const { salesforce, contacts, projectKey, channelId, pageId, open, done, blockers, threads, engineers, flags, summary } = row as unknown as { salesforce: object; contacts: Contact[]; projectKey: string | null; channelId: string | null; pageId: string | null; open: object[]; done: object[]; blockers: number; threads: object[]; engineers: object[]; flags: object[]; summary: object | null };
    for (const contact of contacts) {
      contact.name = opened(contact.key, contact.name);
      contact.email = opened(contact.key, contact.email);
      delete contact.key;
    }
    const known = (ticket: object): object => Object.fromEntries(Object.entries(ticket).filter(([, value]) => value !== null));
    const document = {
      salesforce: { ...salesforce, contacts }, jira: { project_key: projectKey, open_tickets: [...open, ...done].map(known), blocker_count: blockers },
      slack: { channel_id: channelId, recent_threads: threads, se_mentions: engineers }, notion: { account_page_id: pageId, manager_flags: flags, weekly_summary: summary },
    };
    return { account: { context: { document } } };
  },
  async queue(ask, { value = '-infinity', key = '00000000-0000-0000-0000-000000000000', totalCount }) {
    const [rows, counted] = await Promise.all([ask(approvalQueue, [value, key]), totalCount ? ask(queueLength, []) : null]);
    const shown = rows.slice(0, 20).map((row) => {
      const { uuid: _uuid, place: _place, key: wrapped, draft, reasoning, generatedBy, evidence, ...node } = row as unknown as QueueRow;
      const { score, consent, context } = evidence;
      return { node: {
        ...node, reasoning: seal.open(wrapped, reasoning), draft: { ...(JSON.parse(seal.open(wrapped, draft) ?? '{}') as object), generatedBy },
        evidence: { intentScore: score.value, consent: { granted: consent.granted, basis: consent.basis }, context: { derived: { dealHealth: { value: context.derived.dealHealth.value } } } },
      } };
    });
    const last = rows[shown.length - 1] as unknown as QueueRow | undefined;
    return { actions: { ...(counted ? { totalCount: Number(counted[0]?.['count']) } : {}), pageInfo: { hasNextPage: rows.length > 20, endCursor: last ? writeCursor({ tenantId, order: 'actions.PROPOSED_AT.asc', value: last.place, key: last.uuid }) : null }, edges: shown } };
  },
};

interface QueueRow {
  readonly uuid: string;
  readonly place: string;
  readonly key: Buffer;
  readonly draft: Buffer;
  readonly reasoning: Buffer;
  readonly generatedBy: string;
  readonly evidence: { readonly score: { readonly value: number }; readonly consent: { readonly granted: boolean; readonly basis: string }; readonly context: { readonly derived: { readonly dealHealth: { readonly value: string } } } };
}
