import type { Seal } from '../platform/postgres/seal.ts';
import type { Work } from '../platform/postgres/work.ts';
import { accountRecords, selectAccounts, upsertAccounts, upsertRecords, type AccountInput, type RecordInput } from '../features/accounts/index.ts';
import { drawCourse, kpisOf, productKpisOf, type Course } from './demo-course.ts';
import { demoRandom, type DemoRandom } from './demo-random.ts';
import { companies, dealings, familyNames, givenNames, issues, playbooks, productNames, remarks, team } from './demo-words.ts';

const day = 86_400_000;
type Records = Record<string, RecordInput[]>;
type Row = Record<string, unknown>;

/** Accounts of the portfolio. */
export const portfolioSize = companies.length;

/** Fills a demo tenant with a portfolio: a year of months of 45 accounts; once per tenant. Tells how many accounts are done, as a share of the records. */
export async function loadDemoPortfolio(work: Work, seal: Seal, note: (accounts: number) => void = () => undefined): Promise<void> {
  const first = { externalRef: externalRef(0) };
  if ((await selectAccounts(work, work.tenantId, [first])).size > 0) return;
  const random = demoRandom(20_261);
  const now = Date.parse(work.now);
  const records: Records = {};
  const accounts = companies.map(([name, industry], index) => drawAccount({ random, now, index, name, industry, records }));
  refuseFaults(await upsertAccounts(work, seal, accounts));
  const all = Object.values(records).reduce((sum, inputs) => sum + inputs.length, 0);
  let [done, told] = [0, 0];
  // In this order each record finds those that it refers to.
  for (const record of accountRecords.toSorted((a, b) => Number(refersToOthers(a.plural)) - Number(refersToOthers(b.plural)))) {
    const inputs = records[record.plural] ?? [];
    for (let from = 0; from < inputs.length; from += 1_000) {
      const some = inputs.slice(from, from + 1_000);
      const results = refuseFaults(await upsertRecords(work, seal, record, some));
      done += some.length;
      const accountsDone = Math.floor((portfolioSize * done) / all);
      if (accountsDone - told >= 5 && done < all) {
        note(accountsDone - told);
        told = accountsDone;
      }
      if (record.plural === 'contacts') refuseFaults(await upsertAccounts(work, seal, withChampions(accounts, results)));
    }
  }
  note(portfolioSize - told);
}

const refersToOthers = (plural: string): boolean => plural === 'kpis' || plural === 'playbookReports';
/** The external ids of the portfolio's accounts in Salesforce, in order. */
export const portfolioAccounts: readonly string[] = companies.map((_, index) => externalRef(index).id);
function externalRef(index: number): { system: string; id: string } {
  return { system: 'salesforce', id: `portfolio-${String(index + 1).padStart(3, '0')}` };
}

/** The first contact of each account champions us. */
function withChampions(accounts: readonly AccountInput[], contacts: readonly unknown[]): AccountInput[] {
  return accounts.map((account, index) => {
    const contact = contacts[index * contactsEach] as { readonly globalId: string } | undefined;
    return contact ? { ...account, primaryChampionId: contact.globalId } : account;
  });
}

function refuseFaults<Result>(results: readonly Result[]): readonly Result[] {
  const fault = results.find((result) => result instanceof Error);
  if (fault) throw fault;
  return results;
}

interface Drawing {
  readonly random: DemoRandom;
  readonly now: number;
  readonly index: number;
  readonly name: string;
  readonly industry: string;
  readonly records: Records;
}

function drawAccount(drawing: Drawing): AccountInput {
  const { random, now, index, name, industry } = drawing;
  const isNew = index % 11 === 7;
  const course = drawCourse(random, isNew ? 3 : 12);
  const health = course.months.at(-1)?.overall ?? 50;
  const tier = random.pick(['enterprise', 'enterprise', 'growth', 'growth', 'growth', 'starter']);
  const size = { enterprise: 30, growth: 8, starter: 1.5 }[tier] ?? 1;
  const domain = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`;
  const person = (called: string): { name: string; email: string } => ({ name: called, email: `${called.toLowerCase().normalize('NFD').replaceAll(/[^a-z ]/g, '').replaceAll(' ', '.')}@aurora.example` });
  const lastReview = random.whole(10, 120);
  drawRecords({ ...drawing, course, health, size, domain });
  return {
    externalRef: externalRef(index), name, industry,
    region: random.pick(['EMEA', 'EMEA', 'NA', 'NA', 'APAC', 'LATAM']),
    website: domain,
    employeeCount: Math.round(size * random.between(60, 400)),
    status: index === 40 ? 'INACTIVE' : health < 38 ? 'CHURN' : health < 58 ? 'AT_RISK' : 'ACTIVE',
    tier,
    revenue: { amountMinor: Math.round(size * random.between(600_000, 2_400_000) / 10_000) * 10_000, currency: random.pick(['USD', 'USD', 'USD', 'EUR', 'GBP']) },
    owner: person(random.pick(team.owners)), csm: person(random.pick(team.csms)), csmManager: person(random.pick(team.managers)),
    lifecycleStage: isNew ? 'ONBOARDING' : random.pick(['GROWTH', 'GROWTH', 'MATURE', 'MATURE', 'RENEWAL']),
    onboardingStatus: isNew ? 'in progress' : 'completed',
    lastQbrOn: isNew ? null : dayOf(now - lastReview * day),
    nextQbrOn: dayOf(now + random.whole(5, 90) * day),
    renewalOn: dayOf(now + random.whole(20, 365) * day),
    engagementScore: Math.max(0, Math.min(100, Math.round(health + random.between(-8, 8)))),
    championStatus: health < 55 ? random.pick(['at risk', 'left']) : 'active',
    stakeholderCount: random.whole(2, 12),
  };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
/** The systems of record of the sections of a context; everything else comes from a warehouse. */
const systemOf: Readonly<Record<string, string>> = { opportunities: 'salesforce', contacts: 'salesforce', activities: 'salesforce', tickets: 'jira' };
const contactsEach = 2;

interface RecordDrawing extends Drawing {
  readonly course: Course;
  readonly health: number;
  readonly size: number;
  readonly domain: string;
}

function drawRecords({ random, now, index, records, course, health, size, domain }: RecordDrawing): void {
  const put = (plural: string, id: string, fields: Row): { system: string; id: string } => {
    const ref = { system: systemOf[plural] ?? 'warehouse', id: `${externalRef(index).id}-${id}` };
    (records[plural] ??= []).push({ account: { externalRef: externalRef(index) }, externalRef: ref, ...fields });
    return ref;
  };
  const ago = (days: number): string => new Date(now - days * day).toISOString();
  const products = productNames.slice(0, Math.min(productNames.length, random.whole(1, size > 20 ? 4 : 2))).map((name) => put('products', `product-${name}`, { name, occurredAt: ago(random.whole(100, 700)) }));
  const measured = random.whole(1, 9);
  const categories = course.months.at(-1)?.categories ?? [50, 50, 50, 50, 50];
  for (const [place, kpi] of kpisOf(random, categories).entries()) put('kpis', `kpi-${place}`, { ...kpi, occurredAt: ago(measured) });
  for (const [nth, productRef] of products.entries()) {
    for (const [place, kpi] of productKpisOf(random, categories).entries()) put('kpis', `kpi-product-${nth}-${place}`, { ...kpi, productRef, occurredAt: ago(measured) });
  }
  if (course.hasTrends) drawTrends(put, now, course);
  for (let nth = 0; nth < contactsEach; nth += 1) {
    const [given, family] = [random.pick(givenNames), random.pick(familyNames)];
    put('contacts', `contact-${nth}`, { name: `${given} ${family}`, email: `${given}.${family}.${nth}@${domain}`.toLowerCase(), title: random.pick(['CTO', 'VP Operations', 'Head of Data', 'IT Manager']), role: random.pick(['Economic Buyer', 'Technical Evaluator', 'Champion']) });
  }
  put('opportunities', 'renewal', {
    name: 'Renewal', stage: random.pick(['Discovery', 'Proposal', 'Negotiation']), amount: { amountMinor: Math.round(size * random.between(10, 40)) * 100_000, currency: 'USD' },
    closeDate: dayOf(now + random.whole(20, 200) * day), probability: Math.round(Math.min(0.95, health / 100) * 100) / 100, nextStep: random.pick(['Send the offer', 'Meet finance', 'Agree on the term']), stageSince: ago(random.whole(3, 60)),
  });
  drawPlaybooks(put, random, { ago, health });
  drawDealings(put, random, { ago, health, index });
  for (let nth = 0, count = random.whole(1, 5); nth < count; nth += 1) {
    put('notes', `note-${nth}`, { noteType: random.pick(['MEETING', 'QBR', 'CALL', 'EMAIL', 'GENERAL', 'INTERACTION']), content: random.pick(random.chance(health / 100) ? remarks.well : remarks.badly), author: random.pick(team.csms), occurredAt: ago(random.whole(1, 150)) });
  }
}

type Put = (plural: string, id: string, fields: Row) => { system: string; id: string };

/** A trend per month, the last one of the month before this; each measured on its month's last day. */
function drawTrends(put: Put, now: number, { months }: Course): void {
  const present = new Date(now);
  for (const [place, { overall, categories }] of months.entries()) {
    const end = new Date(Date.UTC(present.getUTCFullYear(), present.getUTCMonth() - (months.length - 1 - place), 0, 12));
    const [productUsageScore, supportScore, customerSentimentScore, businessOutcomesScore, relationshipStrengthScore] = categories;
    const [year, month] = [end.getUTCFullYear(), end.getUTCMonth() + 1];
    put('healthTrends', `trend-${year}-${month}`, { year, month, overallScore: overall, productUsageScore, supportScore, customerSentimentScore, businessOutcomesScore, relationshipStrengthScore, occurredAt: end.toISOString() });
  }
}

/** What was done with the customer, more of it where things go well, and what the customer waits for, where they do not. */
function drawDealings(put: Put, random: DemoRandom, { ago, health, index }: { readonly ago: (days: number) => string; readonly health: number; readonly index: number }): void {
  for (let nth = 0, count = random.whole(1, 2 + Math.round(health / 20)); nth < count; nth += 1) {
    const { type, subject } = random.pick(dealings);
    put('activities', `activity-${nth}`, { type, subject, occurredAt: ago(random.whole(1, 120)) });
  }
  for (let nth = 0, count = random.whole(0, 1 + Math.round((100 - health) / 20)); nth < count; nth += 1) {
    const [opened, isDone] = [random.whole(4, 90), random.chance(health / 100)];
    const [priority, status] = [random.pick(['HIGH', 'MEDIUM', 'MEDIUM', 'LOW']), isDone ? 'Done' : random.pick(['To Do', 'In Progress'])];
    const resolvedOn = isDone ? ago(opened - random.whole(1, opened - 1)).slice(0, 10) : null;
    put('tickets', `ticket-${nth}`, { key: `AUR-${1_000 + index * 10 + nth}`, summary: random.pick(issues), status, statusCategory: status.toUpperCase().replace(' ', '_'), priority, assignee: random.pick(team.csms), labels: [], createdOn: ago(opened).slice(0, 10), resolvedOn, occurredAt: resolvedOn === null ? ago(1) : `${resolvedOn}T12:00:00.000Z` });
  }
}

function drawPlaybooks(put: Put, random: DemoRandom, { ago, health }: { readonly ago: (days: number) => string; readonly health: number }): void {
  for (let nth = 0, count = random.whole(1, 4); nth < count; nth += 1) {
    const { id, name, report } = random.pick(playbooks);
    const [began, took] = [random.whole(5, 200), random.whole(3, 30)];
    const ended = began - took > 1;
    const status = ended ? (random.chance(0.85) ? 'COMPLETED' : random.pick(['FAILED', 'CANCELLED'])) : 'RUNNING';
    const completedAt = ended ? ago(began - took) : null;
    const executionRef = put('playbookExecutions', `run-${nth}`, { playbookId: id, playbookName: name, status, startedAt: ago(began), completedAt, occurredAt: completedAt ?? ago(began) });
    if (status === 'COMPLETED') put('playbookReports', `report-${nth}`, { playbookName: name, executionRef, generatedAt: completedAt, content: report, occurredAt: completedAt });
  }
  const advised = health < 58 ? playbooks[2] : random.pick(playbooks);
  put('playbookTriggers', 'advice', { playbookType: advised.type, autoTriggerEnabled: health < 65, occurredAt: ago(random.whole(1, 20)) });
}
