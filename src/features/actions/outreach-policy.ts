import { InvalidInput } from '../../platform/errors.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { checkText } from '../accounts/index.ts';
import { outreachPolicySaved } from './action.events.ts';

/** What outreach is bound by. A version never changes. */
export interface OutreachPolicy {
  /** 0: the program's defaults. */
  readonly version: number;
  /** Words and phrases that no draft may hold; case and spacing do not matter. */
  readonly doNotSay: readonly string[];
  /** E-mails for one account at most: those that wait or are on their way, and those sent on this UTC day. */
  readonly emailDailyLimit: number;
  /** Whether the tenant set that limit itself; if not, it is the installation's, and follows it. */
  readonly emailDailyLimitIsOwn: boolean;
  /** Whether somebody else than its last editor has to approve a draft; whoever proposed an action never does. */
  readonly fourEyes: boolean;
}

/** Promises and pressure that a first draft must not make; a tenant's own list takes its place. */
const defaultDoNotSay: readonly string[] = ['guarantee', 'guaranteed', 'risk-free', 'no obligation', 'act now', 'last chance', 'limited time offer', '100% free', 'we are watching', 'we noticed you visited'];

interface InForce {
  readonly version: number;
  readonly doNotSay: readonly string[] | null;
  readonly ownLimit: number | null;
  readonly givenLimit: number;
  readonly fourEyes: boolean;
}

const inForce = statement<InForce>(
  'outreach_policy_in_force',
  `select coalesce(p.version, 0) as version, p.do_not_say as "doNotSay", p.email_daily_limit as "ownLimit", d.email_daily_limit as "givenLimit", coalesce(p.four_eyes, false) as "fourEyes"
   from outreach_default d left join lateral (select * from outreach_policy where tenant_id = $1 order by version desc limit 1) p on true`,
);

/** The tenant's policy in force. */
export async function outreachPolicy(sql: Sql & { readonly tenantId: string }): Promise<OutreachPolicy> {
  const [row] = await sql.rows(inForce, [sql.tenantId]);
  if (!row) throw new Error('the installation has no limits');
  const { version, doNotSay, ownLimit, givenLimit, fourEyes } = row;
  return { version, doNotSay: doNotSay ?? defaultDoNotSay, emailDailyLimit: ownLimit ?? givenLimit, emailDailyLimitIsOwn: ownLimit !== null, fourEyes };
}

const setDefault = statement('set_outreach_default', 'update outreach_default set email_daily_limit = $1 where email_daily_limit <> $1');

/** Brings the limit of every tenant that set none of its own to what the installation is configured with. */
export async function setEmailDailyLimit(database: Pick<Database, 'system'>, limit: number): Promise<void> {
  await database.system((sql) => sql.rows(setDefault, [limit]));
}

const insert = statement(
  'insert_outreach_policy',
  'insert into outreach_policy (tenant_id, version, do_not_say, email_daily_limit, four_eyes, published_at, published_by) values ($1, $2, $3, $4, $5, $6, $7)',
);
// One policy after the other: without a row there is nothing else to lock.
const lock = statement('lock_outreach_policy', `select pg_advisory_xact_lock(hashtextextended('outreach_policy ' || $1, 0))`);
const mostPhrases = 500;

/** Puts a new version of the policy in force; what is left out stays as it is, a limit of null gives way to the installation's. Answers it. */
export async function saveOutreachPolicy(work: Work, input: { readonly doNotSay?: readonly string[] | null; readonly emailDailyLimit?: number | null; readonly fourEyes?: boolean | null }): Promise<OutreachPolicy> {
  await work.rows(lock, [work.tenantId]);
  const present = await outreachPolicy(work);
  const doNotSay = input.doNotSay ? checkPhrases(input.doNotSay) : present.doNotSay;
  const kept = present.emailDailyLimitIsOwn ? present.emailDailyLimit : null;
  const own = input.emailDailyLimit === undefined ? kept : input.emailDailyLimit;
  if (own !== null && (!Number.isInteger(own) || own < 0 || own > 1_000)) throw new InvalidInput('emailDailyLimit must be a whole number from 0 to 1000.', ['input', 'emailDailyLimit']);
  const version = present.version + 1;
  await work.rows(insert, [work.tenantId, version, doNotSay, own, input.fourEyes ?? present.fourEyes, work.now, work.actor.id]);
  work.record(outreachPolicySaved.fact({ accountId: null, data: { version } }));
  return outreachPolicy(work);
}

function checkPhrases(phrases: readonly string[]): string[] {
  if (phrases.length > mostPhrases) throw new InvalidInput(`A do-not-say list has at most ${mostPhrases} entries.`, ['input', 'doNotSay']);
  const checked = phrases.map((phrase, index) => {
    const path = ['input', 'doNotSay', String(index)];
    const text = checkText(phrase, path, 200).trim();
    if (!/[\p{L}\p{N}]/u.test(text)) throw new InvalidInput('An entry of a do-not-say list has letters or digits.', path);
    return text;
  });
  return [...new Set(checked)];
}
