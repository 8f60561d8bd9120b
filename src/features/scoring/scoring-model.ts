import { z } from 'zod';

/** A number from outside: JSON cannot carry NaN or infinity, but a caller in this process could. */
const figure = (name: string) => z.number({ error: `${name} must be a finite number` });

const names = (name: string) =>
  z
    .array(z.string().trim().min(1, `${name} must not hold an empty name`).max(200, `a name in ${name} is longer than 200 characters`).refine((text) => text.isWellFormed() && !text.includes('\0'), `a name in ${name} holds a NUL character or half a surrogate pair`), {
      error: `${name} must be a list of names; an empty list states no wish`,
    })
    .max(500, `${name} may hold at most 500 names`);

const signalType = z.strictObject({
  type: z
    .string('type must be a text')
    .regex(/^[a-z][a-z0-9_]{0,63}$/, 'type must be lower-case snake_case, begin with a letter and have at most 64 characters'),
  /** Raw units that one signal adds at its effective instant; negative: takes off. */
  weight: figure('weight').min(-1_000_000, 'weight must be at least -1000000').max(1_000_000, 'weight must be at most 1000000'),
  /** Hours after which a signal weighs half. */
  halfLifeHours: figure('halfLifeHours')
    .min(0.01, 'halfLifeHours must be at least 0.01 (36 seconds)')
    .max(87_600, 'halfLifeHours must be at most 87600 (ten years)'),
  /** The most points that all signals of the type together add to a score, or take off; null: no cap. Versions of before had none. */
  cap: figure('cap').gt(0, 'cap must be more than 0').max(99.9, 'cap must be at most 99.9; leave it out for no cap').nullable().default(null),
});

const signalTypes = z
  .array(signalType, { error: 'signalTypes must be a list' })
  .min(1, 'signalTypes must name at least one type')
  .max(200, 'signalTypes may name at most 200 types')
  .superRefine((types, context) => {
    const seen = new Set<string>();
    for (const [index, { type }] of types.entries()) {
      if (seen.has(type)) {
        context.addIssue({ code: 'custom', path: [index, 'type'], message: `type "${type}" is listed more than once` });
      }
      seen.add(type);
    }
  });

const idealCustomerProfile = z.strictObject({
  /** Industries sought, compared without regard to case; empty: any. */
  industries: names('industries'),
  /** Least number of employees; null: any. */
  minEmployees: z
    .int('minEmployees must be a whole number or null')
    .min(0, 'minEmployees must be 0 or more')
    .nullable(),
  /** Regions sought, compared without regard to case; empty: any. */
  regions: names('regions'),
  /** What the raw sum is multiplied by for each criterion that the account is known to fail; 1: the ICP changes nothing. */
  mismatchFactor: figure('mismatchFactor')
    .gt(0, 'mismatchFactor must be more than 0')
    .max(1, 'mismatchFactor must be at most 1'),
  /** How much of a mismatch a criterion counts that the account is not known for: 0 as met, 1 as failed. Versions of before counted it as met. */
  unknownMismatchShare: figure('unknownMismatchShare')
    .min(0, 'unknownMismatchShare must be 0 or more')
    .max(1, 'unknownMismatchShare must be at most 1')
    .default(0),
});

const trend = z.strictObject({
  /** How far back the present score is compared, in hours. */
  windowHours: figure('windowHours').gt(0, 'windowHours must be more than 0').max(8_760, 'windowHours must be at most 8760 (one year)'),
  /** Points by which a score may move within the window and still be called steady. */
  tolerancePoints: figure('tolerancePoints')
    .min(0, 'tolerancePoints must be 0 or more')
    .max(100, 'tolerancePoints must be at most 100'),
});

/** The parameters of a scoring model as its row stores them; unknown keys, doubled types and numbers out of bounds are refused. */
export const scoringModelParameters = z.strictObject({
  signalTypes,
  /** Raw units at which the score reaches 100·(1 − 1/e) ≈ 63.2. */
  saturation: figure('saturation').min(0.001, 'saturation must be at least 0.001').max(1e9, 'saturation must be at most 1000000000'),
  /** Score from which the band is HIGH, 0..100. */
  highIntentThreshold: figure('highIntentThreshold')
    .min(0, 'highIntentThreshold must be 0 or more')
    .max(100, 'highIntentThreshold must be at most 100'),
  /** Share of the threshold from which the band is MEDIUM, 0..1. */
  mediumShare: figure('mediumShare').min(0, 'mediumShare must be 0 or more').max(1, 'mediumShare must be at most 1'),
  icp: idealCustomerProfile,
  trend,
});

/** What a scoring model says, without its version. */
export type ScoringModelParameters = z.output<typeof scoringModelParameters>;

/**
 * A version of a tenant's scoring model. A model is never changed in place: another version is another object, which is
 * why look-ups by type may be kept for the object's life.
 */
export type ScoringModel = Readonly<ScoringModelParameters & { version: number }>;

/** The score from which intent is high where the configuration says nothing (HIGH_INTENT_THRESHOLD of the requirements). */
export const defaultHighIntentThreshold = 75;

/** How much of a mismatch an unknown trait counts unless a model says otherwise: neither a fit nor a mismatch. */
export const neutralMismatchShare = 0.5;

/**
 * The model a new tenant begins with. Weights are raw units against a saturation of 50, half-lives are in hours, caps in
 * points. What a buyer asks for or commits to weighs most, lasts longest and has no cap. What happens in numbers without a
 * decision behind it has a cap, so that no amount of it is high intent by itself. A lost deal takes off more than any one
 * signal gives. A stage change three days ago, a meeting yesterday and a visit to the pricing page now make 80; each of
 * them alone stays under 60. Support tickets and won deals do not show intent and are not listed.
 * Of what is derived from deals, progress weighs as a stated change of stage does, a new deal less, and a step back takes off.
 */
export function defaultScoringModelParameters(highIntentThreshold = defaultHighIntentThreshold): ScoringModelParameters {
  return {
    signalTypes: [
      { type: 'demo_request', weight: 45, halfLifeHours: 240, cap: null },
      { type: 'stage_change', weight: 40, halfLifeHours: 336, cap: null },
      { type: 'stage_advanced', weight: 40, halfLifeHours: 336, cap: null },
      { type: 'meeting', weight: 30, halfLifeHours: 168, cap: null },
      { type: 'opportunity_created', weight: 25, halfLifeHours: 336, cap: 60 },
      { type: 'pricing_page_visit', weight: 20, halfLifeHours: 72, cap: 50 },
      { type: 'email_reply', weight: 15, halfLifeHours: 120, cap: 50 },
      { type: 'call', weight: 12, halfLifeHours: 120, cap: 50 },
      { type: 'content_download', weight: 8, halfLifeHours: 96, cap: 30 },
      { type: 'product_usage', weight: 6, halfLifeHours: 72, cap: 25 },
      { type: 'website_visit', weight: 3, halfLifeHours: 48, cap: 20 },
      { type: 'note', weight: 3, halfLifeHours: 168, cap: 20 },
      { type: 'email_open', weight: 1, halfLifeHours: 48, cap: 10 },
      { type: 'opportunity_lost', weight: -60, halfLifeHours: 1_440, cap: null },
      { type: 'stage_regressed', weight: -20, halfLifeHours: 336, cap: 60 },
      { type: 'opt_out', weight: -40, halfLifeHours: 2_160, cap: null },
      { type: 'complaint', weight: -15, halfLifeHours: 336, cap: 60 },
    ],
    saturation: 50,
    highIntentThreshold,
    mediumShare: 0.6,
    icp: { industries: [], minEmployees: null, regions: [], mismatchFactor: 0.7, unknownMismatchShare: neutralMismatchShare },
    trend: { windowHours: 168, tolerancePoints: 5 },
  };
}

/** Types of derived signals that count as a stated `stage_change` does, in models that list that and not them. `signals_counted_at` in the database knows them, too. */
const asStageChange: readonly string[] = ['stage_advanced', 'opportunity_created'];

/**
 * A model with the types that it means without listing them. A model from before stages were derived weighs `stage_change`
 * alone; what used to be one is now `stage_advanced` or `opportunity_created`, and counts the same. A model that lists a
 * type, with weight 0 for nothing, decides for itself.
 */
export function withStageTypes(parameters: ScoringModelParameters): ScoringModelParameters {
  const change = parameters.signalTypes.find(({ type }) => type === 'stage_change');
  const listed = new Set(parameters.signalTypes.map(({ type }) => type));
  const meant = change ? asStageChange.filter((type) => !listed.has(type)).map((type) => ({ ...change, type })) : [];
  return meant.length === 0 ? parameters : { ...parameters, signalTypes: [...parameters.signalTypes, ...meant] };
}
