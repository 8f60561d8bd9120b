import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import type { Id } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { checkEmail } from './check-consent.ts';
import { mayKeepConsent, mayReadConsent } from './consent.policy.ts';
import { consentById, consentsOfPerson, decisionsOf, listConsents } from './consent.queries.ts';
import { Consent, ConsentConnection, ConsentDecision, ConsentFilter, ConsentInput, ConsentOrder, ConsentRevocationInput, GrantConsentResult, RevokeConsentResult, type ConsentRow } from './consent.type.ts';
import { grantConsent } from './grant-consent.ts';
import type { RevocationReaction } from './revocation-reaction.ts';
import { revokeConsent } from './revoke-consent.ts';

/** What consent adds to the graph; revoking lets the reactions act. */
export function consentResolvers(reactions: readonly RevocationReaction[]): (new () => object)[] {
  @Resolver(() => Consent)
  class ConsentResolver {
    @Query(() => [Consent], { description: 'What the person of an e-mail address agreed to or objected to, by purpose and channel; empty when nothing is known. For privacy officers and administrators.' })
    consent(@Ctx() call: Call, @Arg('email', () => String, { description: 'The address.' }) email: string): Promise<ConsentRow[]> {
      requireRole(call, mayReadConsent, 'look up consents');
      return consentsOfPerson(call, checkEmail(email, ['email']));
    }

    @Query(() => ConsentConnection, { description: 'The tenant\'s consents, the last decided first. For privacy officers and administrators.' })
    consents(
      @Ctx() call: Call,
      @Args(() => PageArgs) page: PageArgs,
      @Arg('filter', () => ConsentFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ConsentFilter | null,
      @Arg('orderBy', () => ConsentOrder, { nullable: true, description: 'In which order.' }) orderBy?: ConsentOrder | null,
    ): Promise<Page<ConsentRow>> {
      requireRole(call, mayReadConsent, 'list consents');
      return listConsents(call, { ...page, filter: filter ?? null, orderBy: orderBy ?? null });
    }

    @FieldResolver(() => [ConsentDecision], { description: 'Its latest 100 decisions, the last first.' })
    history(@Root() consent: ConsentRow, @Ctx() call: Call): Promise<readonly ConsentDecision[]> {
      return ask(call, decisionsOf, null, consent.uuid);
    }

    @Mutation(() => GrantConsentResult as never, { description: 'Records that a person agreed. The same again changes nothing. For privacy officers and administrators.' })
    grantConsent(@Ctx() call: Call, @Arg('input', () => ConsentInput, { description: 'The consent.' }) input: ConsentInput): Promise<object> {
      return typedResult(async () => {
        requireRole(call, mayKeepConsent, 'record consents');
        return consentOf(call, await call.transact((work) => grantConsent(work, call.seal, { ...input, path: ['input'] })));
      });
    }

    @Mutation(() => RevokeConsentResult as never, { description: 'Records that a person no longer agrees; pending actions that rest on it are cancelled at once. What is revoked already stays so. For privacy officers and administrators.' })
    revokeConsent(@Ctx() call: Call, @Arg('input', () => ConsentRevocationInput, { description: 'What is taken back.' }) input: ConsentRevocationInput): Promise<object> {
      return typedResult(async () => {
        requireRole(call, mayKeepConsent, 'revoke consents');
        return consentOf(call, await call.transact((work) => revokeConsent(work, call.seal, reactions, { ...input, path: ['input'] })));
      });
    }
  }
  return [ConsentResolver];
}

async function consentOf(call: Call, id: Id<'Consent'>): Promise<ConsentRow> {
  const row = await ask(call, consentById, null, id);
  if (!row) throw new Error('the consent that was just decided is not there');
  return row;
}
