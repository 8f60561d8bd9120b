import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { AccountStatus, blockerParameters, TicketPriority } from '../accounts/index.ts';
import { defaultCompetitors } from './default-competitors.ts';
import { HealthEffect, type ContextRuleKind } from './enums.ts';

const days = (name: string) => z.int(`${name} must be a whole number of days`).min(0, `${name} must be 0 or more`).max(3_660, `${name} must be at most 3660`);
const effect = z.enum(HealthEffect);
const uniqueList = <Each extends z.ZodType>(each: Each, name: string, most: number) =>
  z.array(each).max(most, `${name} may hold at most ${most} entries`).refine((values) => new Set(values.map(String)).size === values.length, `${name} must not repeat an entry`);

/** How a deal's health is judged; `deal-health.ts` says what each parameter does. */
const dealHealth = z
  .strictObject({
    /** More days than this since the last contact are YELLOW; null: never. */
    contactYellowDays: days('contactYellowDays').nullable(),
    contactRedDays: days('contactRedDays').nullable(),
    /** More days than this after the close date are YELLOW; null: never. */
    closePassedYellowDays: days('closePassedYellowDays').nullable(),
    closePassedRedDays: days('closePassedRedDays').nullable(),
    /** More days than this in one stage are YELLOW; null: never. */
    stageYellowDays: days('stageYellowDays').nullable(),
    stageRedDays: days('stageRedDays').nullable(),
    yellowStatuses: uniqueList(z.enum(AccountStatus), 'yellowStatuses', 4),
    redStatuses: uniqueList(z.enum(AccountStatus), 'redStatuses', 4),
    /** What an active blocker does. */
    blockerEffect: effect,
    /** An active blocker of one of these priorities is RED. */
    redBlockerPriorities: uniqueList(z.enum(TicketPriority), 'redBlockerPriorities', 5),
    competitorEffect: effect,
    contradictionEffect: effect,
    /** From this many YELLOW conditions on the deal is RED; null: never. */
    cautionsForRed: z.int('cautionsForRed must be a whole number').min(2, 'cautionsForRed must be at least 2').max(20, 'cautionsForRed must be at most 20').nullable(),
  })
  .superRefine((rules, context) => {
    const pairs = [['contactYellowDays', 'contactRedDays'], ['closePassedYellowDays', 'closePassedRedDays'], ['stageYellowDays', 'stageRedDays']] as const;
    for (const [yellow, red] of pairs) {
      const [first, second] = [rules[yellow], rules[red]];
      if (first !== null && second !== null && first >= second) context.addIssue({ code: 'custom', path: [red], message: `${red} must be more than ${yellow}` });
    }
    for (const [index, status] of rules.redStatuses.entries()) if (rules.yellowStatuses.includes(status)) context.addIssue({ code: 'custom', path: ['redStatuses', index], message: `${status} must be in yellowStatuses or redStatuses, not in both` });
  });

const competitorName = z.string().trim().min(2, 'a competitor\'s name must have at least 2 characters').max(100, 'a competitor\'s name must have at most 100 characters')
  .refine((text) => text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), 'a competitor\'s name must be one line without control characters')
  .refine((text) => /[\p{L}\p{N}]/u.test(text), 'a competitor\'s name must contain a letter or a digit');
const competitor = z.strictObject({
  /** As it is shown. */
  name: competitorName,
  /** Other names that are mentions of it. */
  aliases: uniqueList(competitorName, 'aliases', 50),
  /** Whether capitals must match, for names that are ordinary words. */
  caseSensitive: z.boolean(),
});

/** Names and aliases of one rule set; they are held in memory while texts are searched. */
const mostNames = 5_000;

/** Which names are competitors. */
const competitors = z
  .strictObject({
    competitors: z.array(competitor).max(500, 'competitors may hold at most 500 names'),
    /** Texts older than this are not searched. */
    lookbackDays: days('lookbackDays').min(1, 'lookbackDays must be at least 1'),
    /** A competitor whose latest mention is in the same text as one of these phrases is no threat: `ruled out`. */
    dismissals: uniqueList(competitorName, 'dismissals', 100),
  })
  .superRefine(({ competitors: all }, context) => {
    if (all.reduce((count, { aliases }) => count + 1 + aliases.length, 0) > mostNames) context.addIssue({ code: 'custom', path: ['competitors'], message: `competitors may hold at most ${mostNames} names and aliases together` });
    const holders = new Map<string, number>();
    for (const [index, { name, aliases }] of all.entries()) {
      for (const key of new Set([name, ...aliases].map((each) => each.normalize('NFKC').toLowerCase()))) {
        if (holders.has(key)) context.addIssue({ code: 'custom', path: ['competitors', index, 'name'], message: `the name "${key}" stands for two competitors` });
        holders.set(key, index);
      }
    }
  });

const hours = (name: string) => z.int(`${name} must be a whole number of hours`).min(1, `${name} must be at least 1`).max(87_600, `${name} must be at most 87600`);

/** The form of the parameters of each kind of rule set. */
export const contextRuleForms = {
  DEAL_HEALTH: dealHealth,
  BLOCKER: blockerParameters,
  COMPETITOR: competitors,
  CALL_VALIDATION: z.strictObject({
    /** A figure above baseline x factor, or below baseline / factor, is an anomaly. */
    factor: z.number('factor must be a number').gt(1, 'factor must be more than 1').max(1_000, 'factor must be at most 1000').refine((value) => Number(value.toFixed(4)) === value, 'factor may have at most 4 decimals'),
  }),
  FRESHNESS: z.strictObject({
    salesforceHours: hours('salesforceHours'),
    jiraHours: hours('jiraHours'),
    slackHours: hours('slackHours'),
    notionHours: hours('notionHours'),
    /** A presence that was observed longer ago says nothing about now. */
    presenceMinutes: z.int('presenceMinutes must be a whole number of minutes').min(1, 'presenceMinutes must be at least 1').max(10_080, 'presenceMinutes must be at most 10080'),
  }),
} as const satisfies Record<ContextRuleKind, z.ZodType>;

/** The parameters of a kind of rule set. */
export type RuleParameters<Kind extends ContextRuleKind> = z.output<(typeof contextRuleForms)[Kind]>;
/** One competitor of the competitor rules. */
export type Competitor = z.output<typeof competitor>;
/** When sections and presences are out of date. */
export type FreshnessRules = RuleParameters<'FRESHNESS'>;
/** How a deal's health is judged. */
export type DealHealthRules = RuleParameters<'DEAL_HEALTH'>;
/** Which names are competitors. */
export type CompetitorRules = RuleParameters<'COMPETITOR'>;

/** The rules in force until a tenant publishes its own: version 0 of every kind. */
export const defaultContextRules: { readonly [Kind in ContextRuleKind]: RuleParameters<Kind> } = {
  DEAL_HEALTH: {
    contactYellowDays: 14, contactRedDays: 30, closePassedYellowDays: 0, closePassedRedDays: 30, stageYellowDays: 45, stageRedDays: 120,
    yellowStatuses: ['AT_RISK', 'INACTIVE'], redStatuses: ['CHURN'],
    blockerEffect: 'YELLOW', redBlockerPriorities: ['HIGHEST'], competitorEffect: 'YELLOW', contradictionEffect: 'YELLOW', cautionsForRed: 4,
  },
  BLOCKER: { labels: ['blocker'], priorities: [] },
  COMPETITOR: { competitors: [...defaultCompetitors], lookbackDays: 180, dismissals: [] },
  CALL_VALIDATION: { factor: 2 },
  FRESHNESS: { salesforceHours: 24, jiraHours: 24, slackHours: 24, notionHours: 168, presenceMinutes: 60 },
};

/** A version of one kind of rule set, never changed in place; version 0 is the program's own. */
export interface ContextRuleSet<Kind extends ContextRuleKind = ContextRuleKind> {
  readonly kind: Kind;
  readonly version: number;
  readonly parameters: RuleParameters<Kind>;
  /** SHA-256 of what the rules say, in hex. */
  readonly digest: string;
  /** Null for the program's own. */
  readonly publishedAt: string | null;
}

/** The rule sets that hold at one instant, by kind. */
export type ContextRules = { readonly [Kind in ContextRuleKind]: ContextRuleSet<Kind> };

/** SHA-256 of rule parameters, in hex: equal for rules that say the same. */
export function digestOfRules(parameters: unknown): string {
  return createHash('sha256').update(canonicalJson(parameters)).digest('hex');
}
