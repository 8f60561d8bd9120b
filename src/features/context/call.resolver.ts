import { Arg, Ctx, Field, FieldResolver, Float, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { ask, type AsOf, type Call } from '../../platform/graphql/call.ts';
import { Money, MoneyInput } from '../../platform/graphql/money.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { typedResult, resultUnion, UserError, UserErrorCode } from '../../platform/graphql/user-error.ts';
import { Moment } from '../../platform/moment.ts';
import { requireRole } from '../access/index.ts';
import { accountIdOf, opportunities, type RecordRow } from '../accounts/index.ts';
import { LineageRule } from '../lineage/index.ts';
import { CallOutcome } from './enums.ts';
import { mayValidateCalls } from './rules.policy.ts';
import { CurrencyMismatch, validateCall, type ValidatedCall } from './validate-call.ts';

/** A figure that was extracted from a call. */
@InputType('ValidateCallInput', { description: 'A yearly recurring revenue that was extracted from a call.' })
export class ValidateCallInput {
  @Field(() => ID, { description: 'The account that the call was with.' })
  accountId!: string;

  @Field(() => MoneyInput, { description: 'The figure, in the currency of the deal; not negative.' })
  extractedArr!: MoneyInput;

  @Field(() => DateTime, { nullable: true, description: 'When the call took place: the deal\'s amount of that instant is the baseline. Now when left out; not in the future.' })
  callAt?: string | null;
}

/** How a figure compares with the deal. */
@ObjectType('CallValidation', { description: 'How a figure extracted from a call compares with the amount that the deal had at the call.', simpleResolvers: true })
export class CallValidation {
  @Field(() => CallOutcome, { description: 'What it amounts to.' })
  outcome!: CallOutcome;

  @Field(() => Float, { nullable: true, description: 'The figure divided by the baseline, rounded to two decimals; null without a baseline.' })
  ratio!: number | null;

  @Field(() => Money, { nullable: true, description: 'The amount of the deal at the call; null if no open deal had one above 0.' })
  baseline!: Money | null;

  @Field(() => Float, { description: 'The factor of the call validation rules.' })
  factor!: number;

  @Field(() => DateTime, { description: 'The instant that the baseline is of. UTC.' })
  at!: string;

  @Field(() => LineageRule, { description: 'The rule, with the version of the call validation rules; 0 is the default.' })
  rule!: LineageRule;
}

/** The currencies differ. */
@ObjectType('CurrencyMismatchError', { implements: UserError, description: 'The figure and the deal\'s amount are in different currencies; they are not compared.', simpleResolvers: true })
export class CurrencyMismatchError extends UserError {}

const ValidateCallResult = resultUnion('ValidateCallResult', 'How the figure compares, or why it was not compared.', [CallValidation, CurrencyMismatchError]);

type ValidationRow = CallValidation & { readonly dealId: string | null; readonly asOf: AsOf };

/** Validation after calls. */
@Resolver(() => CallValidation)
export class CallValidationResolver {
  @FieldResolver(() => opportunities.ObjectClass, { nullable: true, description: 'The deal, as it was at `at`; null if none was open.' })
  opportunity(@Root() { dealId, asOf }: ValidationRow, @Ctx() call: Call): Promise<RecordRow | null> | null {
    return dealId === null ? null : ask(call, opportunities.byId, asOf, dealId);
  }

  @Mutation(() => ValidateCallResult as never, { description: 'Compares a figure extracted from a call with the amount that the account\'s deal had at the call. Changes no record; the outcome is audited. Requires the analyst, approver, agent or admin role.' })
  validateCall(@Ctx() call: Call, @Arg('input', () => ValidateCallInput, { description: 'The call and the figure.' }) input: ValidateCallInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayValidateCalls, 'validate calls');
      try {
        const { accountId, extractedArr, callAt } = input;
        return toRow(call, callAt ?? null, await validateCall(call, { accountId: accountIdOf(accountId, ['input', 'accountId']), extractedArr, callAt: callAt ?? null }));
      } catch (error) {
        if (!(error instanceof CurrencyMismatch)) throw error;
        return { __typename: 'CurrencyMismatchError', message: error.message, code: UserErrorCode.BAD_USER_INPUT, path: [...error.inputPath] };
      }
    });
  }
}

function toRow(call: Call, callAt: string | null, { ruleVersion, ...validated }: ValidatedCall): ValidationRow & { readonly __typename: string } {
  const asOf = callAt === null ? null : new Moment(call.clock.now().toISOString(), callAt);
  return { __typename: 'CallValidation', ...validated, rule: { name: 'call-validation', version: String(ruleVersion) }, asOf };
}
