import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { Account, type AccountRow } from '../accounts/index.ts';
import { declarationOf, derivedContextOf, derivedValueRow, type DerivedValueRow } from './derived.queries.ts';
import { AccountContextQualityType, DerivedValue, type AccountQualityRow } from './derived.type.ts';
import { missingParts } from './quality.ts';

/** Context quality, on the account that it is of. */
@Resolver(() => Account)
export class QualityOfAccountResolver {
  @Needs()
  @FieldResolver(() => AccountContextQualityType, { description: 'How complete the context is, as of the instant read for, with what is missing and why.' })
  async contextQuality(@Root() { uuid, asOf }: AccountRow, @Ctx() call: Call): Promise<AccountQualityRow> {
    const derived = await derivedContextOf(call, uuid, asOf);
    const row = derivedValueRow(derived, declarationOf('CONTEXT_QUALITY'));
    return { value: derived.values.quality.value, missing: missingParts(derived.values.quality), rule: row.rule, derived: row, asOf };
  }
}

/** Context quality with reasons, as a node. */
@Resolver(() => AccountContextQualityType)
export class AccountQualityResolver {
  @FieldResolver(() => DerivedValue, { description: 'Context quality as a node.' })
  node(@Root() { derived }: AccountQualityRow): DerivedValueRow {
    return derived;
  }
}
