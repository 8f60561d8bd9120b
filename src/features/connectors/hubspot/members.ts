import { z } from 'zod';
import type { HubspotClient } from './client.ts';
import { isObjectId, type ObjectKind } from './object-kinds.ts';

/** The most contacts, and the most deals, that are read of an account at once. */
const mostMembers = 1_000;

// HubSpot sends them as numbers.
const member = z.looseObject({ toObjectId: z.coerce.string() });

/** The ids of the objects of a kind that are associated with a company. */
export async function membersOf(client: HubspotClient, companyId: string, { plural }: ObjectKind): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const { results, paging } = await client.listAssociations('companies', companyId, plural, after);
    ids.push(...results.flatMap((result) => member.safeParse(result).data?.toObjectId ?? []).filter(isObjectId));
    after = paging?.next?.after;
  } while (after !== undefined && ids.length < mostMembers);
  return ids.slice(0, mostMembers);
}
