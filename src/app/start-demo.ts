import { setTimeout as wait } from 'node:timers/promises';
import { statement } from '../platform/postgres/statement.ts';
import { roles, type Role } from '../features/access/index.ts';
import type { Announcement } from './announce.ts';
import type { Program } from './compose.ts';
import type { Config } from './config.ts';
import { portfolioAccounts } from './demo-portfolio.ts';
import { demoTokens } from './demo-access.ts';
import { demoExamples, demoWebhookSecret, loadDemo, type DemoTenant } from './demo.ts';
import { loadDemoYear } from './demo-year.ts';
import { playVendors } from './demo-vendors.ts';
import { loadDemoSession } from './demo-session.ts';
import type { Progress } from './progress.ts';

/** The demo once it can be used. */
export interface Demo {
  readonly announced: NonNullable<Announcement['demo']>;
  /** What the pages on this machine are told: tokens, values for the examples, and a webhook's secret. */
  settings(): Promise<object>;
}

/** The approver first: the console opens with the approvals. */
const order: readonly Role[] = ['approver', ...roles.filter((role) => role !== 'approver')];

const anyUnscored = statement<{ unscored: boolean }>(
  'demo_unscored',
  `select exists (
     select from account a where a.tenant_id = $1
       and exists (select from signal s where s.tenant_id = a.tenant_id and s.account_id = a.id)
       and not exists (select from score_point p where p.tenant_id = a.tenant_id and p.account_id = a.id)
   ) as unscored`,
);
/** Scores come by way of the bus; a demo without them is ready all the same after this. Milliseconds. */
const longestScoring = 60_000;

/** Loads the demo, waits until its signals are scored, and prepares signing in. */
export async function startDemo(program: Program, config: Config, { secret, progress }: { readonly secret: string; readonly progress: Progress }): Promise<Demo> {
  let isNew = false;
  const options = {
    ...program,
    highIntentThreshold: config.highIntentThreshold,
    progress(...told: Parameters<Progress>) {
      isNew = true;
      progress(...told);
    },
  };
  const tenants = await loadDemo(options);
  const [first] = tenants;
  if (!first) throw new Error('the demo has no tenant');
  // Vendors are played by a process that has the endpoint of webhooks.
  if (isNew && program.url !== null) await playVendors({ ...program, url: program.url }, first);
  if (isNew) await loadDemoSession(program, first.id);
  if (isNew && config.roles.includes('context-engine') && config.roles.includes('outbox-relay')) await untilScored(program, tenants, progress);
  const examples = await demoExamples(options, tenants);
  // In the background: nothing waits for it, and production reads nothing of it.
  if (isNew) void loadDemoYear(program.database, first.id, portfolioAccounts).catch((error: unknown) => program.log.warn({ error }, 'the synthetic year of the demo was not loaded'));
  const { id, secret: webhookSecret } = await demoWebhookSecret(options, first);
  return {
    announced: { tenant: first.slug, roles: order },
    // Tokens are made for each request, so that a program that runs for days still signs people in.
    settings: async () => ({
      tokens: await demoTokens({ secret, issuer: config.issuer, audience: config.audience, clock: program.clock }, tenants),
      examples,
      webhook: { id, secret: webhookSecret.toString('hex') },
    }),
  };
}

async function untilScored({ database }: Program, tenants: readonly DemoTenant[], progress: Progress): Promise<void> {
  progress('Scoring the demo');
  for (const end = performance.now() + longestScoring; performance.now() < end; await wait(100)) {
    const unscored = await Promise.all(
      tenants.map(async ({ id }) => {
        const read = database.read(id);
        try {
          return (await read.rows(anyUnscored, [id]))[0]?.unscored ?? false;
        } finally {
          await read.close();
        }
      }),
    );
    if (!unscored.includes(true)) return;
  }
}
