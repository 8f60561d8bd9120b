import { InvalidInput } from '../../platform/errors.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { checkText, type AccountStatus, type LifecycleStage, type TicketPriority } from '../accounts/index.ts';
import { isBelow, originOfRank, rankOf, type OriginClass } from '../trust/index.ts';
import { outreachPolicySaved } from './action.events.ts';

/** What outreach is bound by. A version never changes. */
export interface OutreachPolicy {
  /** Its key; of the program's defaults, the tenant's. */
  readonly uuid: string;
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
  /** Account statuses without sales outreach. */
  readonly blockedStatuses: readonly (keyof typeof AccountStatus)[];
  /** Lifecycle stages without sales outreach. */
  readonly blockedLifecycleStages: readonly (keyof typeof LifecycleStage)[];
  /** While a ticket of such a priority is open, the program proposes nothing for its account. */
  readonly blockedTicketPriorities: readonly (keyof typeof TicketPriority)[];
  /** Manager flags that forbid every e-mail to the account, as `flagKey` spells them. */
  readonly doNotContactFlags: readonly string[];
  /** Hours after a rejection, a sending, a failure or an expiry in which the program proposes nothing new for the account. */
  readonly coolDownHours: number;
  /** Hours between two e-mails to one person, at least, whatever account they are about. */
  readonly hoursBetweenEmails: number;
  /** A proposal whose lineage holds an observation below this class has HIGH risk. */
  readonly trustFloor: OriginClass;
  /** A proposal whose lineage holds an observation below this class is refused. */
  readonly refuseBelow: OriginClass;
}

/** The part of a policy that decides whether an account and a person may be written to at all. */
type OutreachGates = Pick<OutreachPolicy, 'blockedStatuses' | 'blockedLifecycleStages' | 'blockedTicketPriorities' | 'doNotContactFlags' | 'coolDownHours' | 'hoursBetweenEmails' | 'trustFloor' | 'refuseBelow'>;

/** The gates of a tenant without a policy of its own; new columns of the table have the same defaults. */
export const defaultGates: OutreachGates = {
  blockedStatuses: ['CHURN', 'INACTIVE'],
  blockedLifecycleStages: [],
  blockedTicketPriorities: ['HIGHEST'],
  doNotContactFlags: ['do_not_contact', 'do_not_email', 'no_outreach'],
  coolDownHours: 72,
  hoursBetweenEmails: 168,
  trustFloor: 'COLLEAGUE_TEXT',
  refuseBelow: 'MODEL_INFERRED',
};

/** One spelling of a manager flag: lower case, words joined by `_`, so that `Do not contact` and `DO-NOT-CONTACT` are one flag. */
export const flagKey = (flag: string): string => flag.normalize('NFKC').toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/gu, '');

/** Promises and pressure that a first draft must not make; a tenant's own list takes its place. */
const defaultDoNotSay: readonly string[] = ['guarantee', 'guaranteed', 'risk-free', 'no obligation', 'act now', 'last chance', 'limited time offer', '100% free', 'we are watching', 'we noticed you visited'];

interface InForce {
  readonly uuid: string;
  readonly version: number;
  readonly doNotSay: readonly string[] | null;
  readonly ownLimit: number | null;
  readonly givenLimit: number;
  readonly fourEyes: boolean;
  /** Null where the tenant has no policy of its own. */
  readonly gates: (Omit<OutreachGates, 'trustFloor' | 'refuseBelow'> & { readonly trustFloor: number; readonly refuseBelow: number }) | null;
}

const columns = `coalesce(p.id, $1) as uuid, coalesce(p.version, 0) as version, p.do_not_say as "doNotSay", p.email_daily_limit as "ownLimit", d.email_daily_limit as "givenLimit", coalesce(p.four_eyes, false) as "fourEyes",
     case when p.version is not null then json_build_object('blockedStatuses', p.blocked_statuses, 'blockedLifecycleStages', p.blocked_lifecycle_stages, 'blockedTicketPriorities', p.blocked_ticket_priorities,
       'doNotContactFlags', p.do_not_contact_flags, 'coolDownHours', p.cool_down_hours, 'hoursBetweenEmails', p.hours_between_emails, 'trustFloor', p.trust_floor, 'refuseBelow', p.refuse_below) end as gates`;
const inForce = statement<InForce>(
  'outreach_policy_in_force',
  `select ${columns} from outreach_default d left join lateral (select * from outreach_policy where tenant_id = $1 order by version desc limit 1) p on true`,
);
// The program's defaults have the tenant's own id.
const byIds = statement<InForce>(
  'outreach_policies_by_id',
  `select ${columns} from outreach_default d join unnest($2::uuid[]) as asked(id) on true left join outreach_policy p on p.tenant_id = $1 and p.id = asked.id where p.id is not null or asked.id = $1`,
);

type Reading = Sql & { readonly tenantId: string };

/** The tenant's policy in force. */
export async function outreachPolicy(sql: Reading): Promise<OutreachPolicy> {
  const [row] = await sql.rows(inForce, [sql.tenantId]);
  if (!row) throw new Error('the installation has no limits');
  return toPolicy(row);
}

/** Versions of the tenant's policy by their ids; those that do not exist are left out. */
export async function outreachPolicies(sql: Reading, ids: readonly string[]): Promise<OutreachPolicy[]> {
  return (await sql.rows(byIds, [sql.tenantId, ids])).map(toPolicy);
}

function toPolicy({ uuid, version, doNotSay, ownLimit, givenLimit, fourEyes, gates }: InForce): OutreachPolicy {
  return { uuid, version, doNotSay: doNotSay ?? defaultDoNotSay, emailDailyLimit: ownLimit ?? givenLimit, emailDailyLimitIsOwn: ownLimit !== null, fourEyes, ...(gates ? { ...gates, trustFloor: originOfRank(gates.trustFloor), refuseBelow: originOfRank(gates.refuseBelow) } : defaultGates) };
}

const setDefault = statement('set_outreach_default', 'update outreach_default set email_daily_limit = $1 where email_daily_limit <> $1');

/** Brings the limit of every tenant that set none of its own to what the installation is configured with. */
export async function setEmailDailyLimit(database: Pick<Database, 'system'>, limit: number): Promise<void> {
  await database.system((sql) => sql.rows(setDefault, [limit]));
}

const insert = statement(
  'insert_outreach_policy',
  `insert into outreach_policy (tenant_id, version, do_not_say, email_daily_limit, four_eyes, published_at, published_by,
     blocked_statuses, blocked_lifecycle_stages, blocked_ticket_priorities, do_not_contact_flags, cool_down_hours, hours_between_emails, id, trust_floor, refuse_below)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
);
// One policy after the other: without a row there is nothing else to lock.
const lock = statement('lock_outreach_policy', `select pg_advisory_xact_lock(hashtextextended('outreach_policy ' || $1, 0))`);
const share = statement('share_outreach_policy', `select pg_advisory_xact_lock_shared(hashtextextended('outreach_policy ' || $1, 0))`);
const mostPhrases = 500;
const longestPause = 8_760;

/** The policy in force, which nobody replaces before the transaction ends. */
export async function heldOutreachPolicy(work: Work): Promise<OutreachPolicy> {
  await work.rows(share, [work.tenantId]);
  return outreachPolicy(work);
}

/** What a new version of the policy says; what is left out stays as it is. */
export type OutreachPolicyChange = { readonly doNotSay?: readonly string[] | null; readonly emailDailyLimit?: number | null; readonly fourEyes?: boolean | null } & { readonly [Gate in keyof OutreachGates]?: OutreachGates[Gate] | null };

/** Publishes a new version of the policy; an `emailDailyLimit` of null gives way to the installation's. Returns the policy in force. */
export async function saveOutreachPolicy(work: Work, input: OutreachPolicyChange): Promise<OutreachPolicy> {
  await work.rows(lock, [work.tenantId]);
  const present = await outreachPolicy(work);
  const doNotSay = input.doNotSay ? checkPhrases(input.doNotSay) : present.doNotSay;
  const kept = present.emailDailyLimitIsOwn ? present.emailDailyLimit : null;
  const own = input.emailDailyLimit === undefined ? kept : input.emailDailyLimit;
  if (own !== null && (!Number.isInteger(own) || own < 0 || own > 1_000)) throw new InvalidInput('emailDailyLimit must be a whole number from 0 to 1000.', ['input', 'emailDailyLimit']);
  const gates = changedGates(present, input);
  const version = present.version + 1;
  await work.rows(insert, [
    work.tenantId, version, doNotSay, own, input.fourEyes ?? present.fourEyes, work.now, work.actor.id,
    gates.blockedStatuses, gates.blockedLifecycleStages, gates.blockedTicketPriorities, gates.doNotContactFlags, gates.coolDownHours, gates.hoursBetweenEmails, work.newId<'OutreachPolicy'>(), rankOf(gates.trustFloor), rankOf(gates.refuseBelow),
  ]);
  work.record(outreachPolicySaved.fact({ accountId: null, data: { version } }));
  return outreachPolicy(work);
}

function changedGates(present: OutreachGates, input: OutreachPolicyChange): OutreachGates {
  const [trustFloor, refuseBelow] = [input.trustFloor ?? present.trustFloor, input.refuseBelow ?? present.refuseBelow];
  if (isBelow(trustFloor, refuseBelow)) throw new InvalidInput(`refuseBelow must not be above trustFloor (${trustFloor}): what is refused has no risk.`, ['input', 'refuseBelow']);
  return {
    blockedStatuses: [...new Set(input.blockedStatuses ?? present.blockedStatuses)],
    blockedLifecycleStages: [...new Set(input.blockedLifecycleStages ?? present.blockedLifecycleStages)],
    blockedTicketPriorities: [...new Set(input.blockedTicketPriorities ?? present.blockedTicketPriorities)],
    doNotContactFlags: input.doNotContactFlags ? checkFlags(input.doNotContactFlags) : present.doNotContactFlags,
    coolDownHours: checkHours('coolDownHours', input.coolDownHours ?? present.coolDownHours),
    hoursBetweenEmails: checkHours('hoursBetweenEmails', input.hoursBetweenEmails ?? present.hoursBetweenEmails),
    trustFloor,
    refuseBelow,
  };
}

function checkHours(name: string, hours: number): number {
  if (!Number.isInteger(hours) || hours < 0 || hours > longestPause) throw new InvalidInput(`${name} must be a whole number from 0 to ${longestPause}.`, ['input', name]);
  return hours;
}

function checkFlags(flags: readonly string[]): string[] {
  if (flags.length > 100) throw new InvalidInput('doNotContactFlags has at most 100 entries.', ['input', 'doNotContactFlags']);
  const checked = flags.map((flag, index) => {
    const path = ['input', 'doNotContactFlags', String(index)];
    const key = flagKey(checkText(flag, path, 200));
    if (key === '') throw new InvalidInput('A flag must contain a letter or a digit.', path);
    return key;
  });
  return [...new Set(checked)];
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
