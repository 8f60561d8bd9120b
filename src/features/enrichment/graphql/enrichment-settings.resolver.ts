import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Call, Question } from '../../../platform/graphql/call.ts';
import { asNode, type NodeRow } from '../../../platform/graphql/node.ts';
import { typedResult } from '../../../platform/graphql/user-error.ts';
import { requireRole } from '../../access/index.ts';
import { enrichmentPolicies, enrichmentPolicy, publishEnrichmentPolicy, type EnrichmentPolicy } from '../enrichment-policy.ts';
import { mayDecideEnrichment } from '../enrichment.roles.ts';
import { httpProviderOf, saveHttpProvider, type HttpProviderRow } from '../http-provider-store.ts';
import { EnrichmentPolicyInput, EnrichmentPolicyType, EnrichmentProviderInput, EnrichmentProviderType, PublishEnrichmentPolicyResult, SaveEnrichmentProviderResult } from './enrichment-settings.type.ts';

const stated = (pointers: object): object => Object.fromEntries(Object.entries(pointers).filter(([, pointer]) => pointer !== null && pointer !== undefined));

/** The policy and the provider of enrichments. */
@Resolver()
export class EnrichmentSettingsResolver {
  @Query(() => EnrichmentPolicyType, { description: 'The enrichment policy in force.' })
  async enrichmentPolicy(@Ctx() call: Call): Promise<EnrichmentPolicy & NodeRow> {
    return asNode('EnrichmentPolicy', await enrichmentPolicy(call.read), null);
  }

  @Query(() => EnrichmentProviderType, { nullable: true, description: 'The HTTP provider of enrichments; null while none was saved. Requires the admin role.' })
  async enrichmentProvider(@Ctx() call: Call): Promise<ShownProvider | null> {
    requireRole(call, mayDecideEnrichment, 'see the enrichment provider');
    const row = await httpProviderOf(call.read);
    return row && shownProvider(row);
  }

  @Mutation(() => PublishEnrichmentPolicyResult as never, { description: 'Publishes a new version of the enrichment policy. Requires the admin role.' })
  publishEnrichmentPolicy(@Ctx() call: Call, @Arg('input', () => EnrichmentPolicyInput, { description: 'What is to be different.' }) input: EnrichmentPolicyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDecideEnrichment, 'publish the enrichment policy');
      return asNode('EnrichmentPolicy', await call.transact((work) => publishEnrichmentPolicy(work, input)), null);
    });
  }

  @Mutation(() => SaveEnrichmentProviderResult as never, { description: 'Saves the settings of the HTTP enrichment provider. Requires the admin role.' })
  saveEnrichmentProvider(@Ctx() call: Call, @Arg('input', () => EnrichmentProviderInput, { description: 'The provider.' }) input: EnrichmentProviderInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDecideEnrichment, 'save the enrichment provider');
      const { account, people, ...own } = input;
      const mapping = { account: stated(account), people: people ? stated(people) : null };
      return shownProvider(await call.transact((work) => saveHttpProvider(work, call.seal, { ...own, mapping })));
    });
  }
}

type ShownProvider = Pick<HttpProviderRow, 'uuid' | 'version' | 'url' | 'keyHeader' | 'priceMinor' | 'chargesNoMatch'> & NodeRow;

function shownProvider({ uuid, version, url, keyHeader, priceMinor, chargesNoMatch }: HttpProviderRow): ShownProvider {
  return asNode('EnrichmentProvider', { uuid, version, url, keyHeader, priceMinor, chargesNoMatch }, null);
}

/** The policy of an id; null where the tenant has none. */
export const enrichmentPolicyById: Question<string, (EnrichmentPolicy & NodeRow) | null> = {
  name: 'enrichment_policies_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await enrichmentPolicies(call.read, ids)).map((policy) => [policy.uuid, asNode('EnrichmentPolicy', policy, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The provider of an id, for administrators; null for others, and where the tenant has none. */
export const enrichmentProviderById: Question<string, ShownProvider | null> = {
  name: 'enrichment_providers_by_id',
  async load(call, ids) {
    const row = mayDecideEnrichment.some((role) => call.roles.has(role)) ? await httpProviderOf(call.read) : null;
    return ids.map((id) => (row?.uuid === id ? shownProvider(row) : null));
  },
};
