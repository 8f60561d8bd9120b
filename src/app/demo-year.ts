import { Readable } from 'node:stream';
import { toGlobalId, type Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { statement } from '../platform/postgres/statement.ts';
import { createExperiment, importOutcomeFile, importSignalFile, runExperiment } from '../features/laboratory/index.ts';
import { modelInForce, type ScoringModelParameters } from '../features/scoring/index.ts';
import { demoRandom } from './demo-random.ts';

const day = 86_400_000;
/** The year ended before anything of the portfolio happened, so that no deal of the portfolio is one of the year. Days before now. */
const [began, ended] = [900, 535] as const;
const horizonDays = 90;

/** What a kind of account does in the year, and how its deal ends. */
interface Course {
  readonly accounts: number;
  /** The burst that comes before the deal: types of signals, in days after the burst began. */
  readonly burst: readonly (readonly [type: string, afterDays: number])[];
  /** Of the accounts, how many are won and how many are lost; the others have no deal. */
  readonly won: number;
  readonly lost: number;
}

const every = (type: string, days: readonly number[]) => days.map((after) => [type, after] as const);

/**
 * The year's truth. Those who use the product in earnest buy; those who ask for a demo, meet and look at prices do not; deals that advance are
 * won. The default model sees the second and the third and misses the first: product usage is capped at 25 points there.
 */
export const demoYearCourses = {
  ADOPTERS: { accounts: 15, burst: every('product_usage', [0, 1, 3, 4, 6, 8, 10, 12]), won: 13, lost: 2 },
  WINDOW_SHOPPERS: { accounts: 12, burst: [...every('demo_request', [0]), ...every('meeting', [1]), ...every('pricing_page_visit', [1, 2])], won: 0, lost: 12 },
  ADVANCING: { accounts: 4, burst: every('stage_advanced', [0, 3, 6, 9]), won: 4, lost: 0 },
  QUIET: { accounts: 14, burst: [], won: 1, lost: 0 },
} as const satisfies Readonly<Record<string, Course>>;

/** How the experiment of the year is called. */
export const demoYearName = 'Synthetic year: product usage counts more';
const description = 'Synthetic data, made up for this demo: no customer did any of this. Accounts that use the product buy; accounts that only ask for a demo do not. The candidate weighs product usage more and demo requests less.';

/** The two files of the year, as a customer would export them, for the accounts of these global ids. */
export function demoYearFiles(now: number, accounts: readonly string[]): { readonly signals: string; readonly outcomes: string } {
  const random = demoRandom(20_241);
  const start = now - began * day;
  const [signals, outcomes] = [['account_id,type,occurred_at,event_id'], ['account_id,external_id,result,closed_at,amount,currency']];
  const add = (account: string, type: string, at: number): void => void signals.push(`${account},${type},${new Date(Math.floor(at)).toISOString()},year-${signals.length}`);
  const courses = Object.values<Course>(demoYearCourses).flatMap((course) => Array.from({ length: course.accounts }, (_, index) => ({ ...course, index })));
  for (const [place, { burst, won, lost, index }] of courses.entries()) {
    const account = accounts[place];
    if (account === undefined) throw new Error('the demo has too few accounts for its year');
    // Noise that says nothing: its types are capped, at 30 points together.
    for (let at = random.between(1, 6); at < began - ended; at += random.between(2, 9)) add(account, random.pick(['website_visit', 'website_visit', 'email_open']), start + at * day);
    const begins = random.between(40, 230);
    for (const [type, after] of burst) add(account, type, start + (begins + after + random.between(0, 0.5)) * day);
    if (index >= won + lost) continue;
    const closed = start + (begins + random.between(30, 60)) * day;
    outcomes.push(`${account},year-deal-${place + 1},${index < won ? 'WON' : 'LOST'},${new Date(Math.floor(closed)).toISOString()},${random.whole(8, 90) * 1_000},EUR`);
  }
  return { signals: signals.join('\n'), outcomes: outcomes.join('\n') };
}

/** The model that is right about the year: product usage uncapped and heavier, talk without use lighter. */
export function demoYearCandidate(production: ScoringModelParameters): ScoringModelParameters {
  const weights: Readonly<Record<string, Partial<ScoringModelParameters['signalTypes'][number]>>> = { product_usage: { weight: 30, halfLifeHours: 336, cap: null }, demo_request: { weight: 10 }, meeting: { weight: 6 }, pricing_page_visit: { weight: 4 } };
  return { ...production, signalTypes: production.signalTypes.map((each) => ({ ...each, ...weights[each.type] })) };
}

const accountsOfRefs = statement<{ id: string }>(
  'demo_year_accounts',
  `select r.node_id as id from unnest($2::text[]) with ordinality as asked(external_id, place)
   join external_ref r on r.tenant_id = $1 and r.node_type = 'Account' and r.system = 'salesforce' and r.external_id = asked.external_id order by asked.place`,
);
const experimentExists = statement<{ id: string }>('demo_year_experiment', 'select id from lab.experiment where tenant_id = $1 and name = $2 limit 1');

/** Imports the synthetic year into the laboratory of a demo tenant, creates its experiment and queues a run; once per tenant. Production reads nothing of it. */
export async function loadDemoYear(database: Pick<Database, 'lab'>, tenantId: Id<'Tenant'>, accounts: readonly string[]): Promise<void> {
  const caller = { tenantId, actor: { kind: 'system', id: 'demo' }, requestId: 'demo:year' } as const;
  await database.lab(caller, async (work) => {
    if ((await work.rows(experimentExists, [tenantId, demoYearName])).length > 0) return;
    const now = Date.parse(work.now);
    const found = await work.rows(accountsOfRefs, [tenantId, accounts]);
    const files = demoYearFiles(now, found.map(({ id }) => toGlobalId('Account', id)));
    for (const { refused, errors } of [await importSignalFile(work, Readable.from([files.signals])), await importOutcomeFile(work, Readable.from([files.outcomes]))]) {
      if (refused > 0) throw new Error(`the demo's year has a row that cannot be taken: ${errors[0]?.message}`);
    }
    const { version: _version, publishedAt: _publishedAt, ...production } = await modelInForce(work, tenantId);
    const { signalTypes, saturation, highIntentThreshold, mediumShare, icp } = demoYearCandidate(production);
    const at = (days: number): string => new Date(now - days * day).toISOString();
    const experimentId = await createExperiment(work, { name: demoYearName, description, model: { signalTypes, saturation, highIntentThreshold, mediumShare, icp }, from: at(began), to: at(ended), clock: 'OCCURRED', horizonDays });
    await runExperiment(work, { experimentId, seed: null });
  });
}
