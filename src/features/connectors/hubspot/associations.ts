import { z } from 'zod';
import type { HubspotClient } from './client.ts';
import type { ObjectKind } from './object-kinds.ts';

/** The companies of objects. */
export interface CompaniesOf {
  /** The company that an object belongs to first; null: to none; undefined: HubSpot's answer does not tell. */
  of(id: string): string | null | undefined;
}

const related = z.looseObject({ toObjectId: z.coerce.string(), associationTypes: z.array(z.looseObject({ category: z.string().nullish(), typeId: z.number() })) });
type Related = z.output<typeof related>;
const origin = z.looseObject({ from: z.looseObject({ id: z.coerce.string() }) });
const associated = origin.extend({ to: z.array(related) });
const refused = z.looseObject({ subCategory: z.unknown(), context: z.looseObject({ fromObjectId: z.array(z.coerce.string()) }).nullish() });
/** HubSpot reports objects without associations as errors, too. */
const none = 'crm.associations.NO_ASSOCIATIONS_FOUND';

/** The numbers that HubSpot gives the association of a contact, and of a deal, with its primary company. */
const primaryTypes: ReadonlySet<number> = new Set([1, 5]);
const isPrimary = ({ associationTypes }: Related): boolean => associationTypes.some(({ category, typeId }) => category === 'HUBSPOT_DEFINED' && primaryTypes.has(typeId));
const mostTogether = 1_000;

/**
 * The company that each of some objects belongs to first: the primary one, else that with the smallest number. An answer
 * that cannot be read is no answer: taken for "none", it would end what belongs to a company.
 */
export async function companiesOf(client: HubspotClient, { plural }: ObjectKind, ids: readonly string[]): Promise<CompaniesOf> {
  const companies = new Map<string, string>();
  const unknown = new Set<string>();
  let isWhole = true;
  for (let start = 0; start < ids.length; start += mostTogether) {
    const answer = await client.readAssociations(plural, 'companies', ids.slice(start, start + mostTogether));
    for (const result of answer.results) {
      const read = associated.safeParse(result);
      if (read.success) {
        const first = firstOf(read.data.to);
        if (first !== undefined) companies.set(read.data.from.id, first);
        continue;
      }
      const from = origin.safeParse(result).data?.from.id;
      if (from === undefined) isWhole = false;
      else unknown.add(from);
    }
    for (const error of answer.errors ?? []) {
      const { data } = refused.safeParse(error);
      if (JSON.stringify(data?.subCategory ?? null).includes(none)) continue;
      const from = data?.context?.fromObjectId ?? [];
      if (from.length === 0) isWhole = false;
      for (const id of from) unknown.add(id);
    }
  }
  return { of: (id) => companies.get(id) ?? (unknown.has(id) || !isWhole ? undefined : null) };
}

function firstOf(companies: readonly Related[]): string | undefined {
  return companies.toSorted((one, other) => Number(isPrimary(other)) - Number(isPrimary(one)) || one.toObjectId.length - other.toObjectId.length || (one.toObjectId < other.toObjectId ? -1 : 1))[0]?.toObjectId;
}
