import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { CallOutcome, ContextRuleKind, DealHealthValue, DerivedValueKind } from './enums.ts';

const cause = z.enum(['RECORDS', 'RULES', 'TIME']);
/** Why values were derived again. */
export type DerivationCause = z.output<typeof cause>;

/** Derived values of an account changed. */
export const derivedValuesChanged = defineEvent(
  'context.derived',
  1,
  'What derived values of an account say changed: by its records, by new rules, or by time alone. Days since the last contact are not told.',
  z.strictObject({
    accountId: z.uuid(),
    /** Those that say something else. */
    kinds: z.array(z.enum(DerivedValueKind)),
    /** Null when nothing had been derived. */
    previousDealHealth: z.enum(DealHealthValue).nullable(),
    dealHealth: z.enum(DealHealthValue),
    cause,
  }),
);

/** A rule set of the account context was replaced. */
export const contextRulesPublished = defineEvent(
  'context_rules.published',
  1,
  'A new version of a rule set of the account context is in force; a job derives every account\'s values again.',
  z.strictObject({ kind: z.enum(ContextRuleKind), version: z.int(), digest: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/** A figure from a call was compared with a deal. */
export const callValidated = defineEvent(
  'call.validated',
  1,
  'A figure extracted from a call was compared with the amount that the account\'s deal had at the call.',
  z.strictObject({
    accountId: z.uuid(),
    /** Null when no deal was open. */
    opportunityId: z.uuid().nullable(),
    outcome: z.enum(CallOutcome),
    /** The figure divided by the deal's amount; null without a baseline. */
    ratio: z.number().nullable(),
    callAt: z.iso.datetime(),
    ruleVersion: z.int(),
  }),
);
