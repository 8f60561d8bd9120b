import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { HubspotClient } from './client.ts';
import type { Owner } from './read-company.ts';
import type { DealStage } from './read-deal.ts';
import type { HubspotDirectory } from './read-object.ts';

const text = z.string().nullish();
const owner = z.looseObject({ id: z.string(), firstName: text, lastName: text, email: text });
const stage = z.looseObject({ id: z.string(), label: z.string(), metadata: z.looseObject({ isClosed: text, probability: text }).nullish() });
const pipeline = z.looseObject({ stages: z.array(z.unknown()) });

/** More pages of owners than an account has. */
const mostPages = 20;

/** Reads who owns records, what stages are called, and the currency of amounts that name none. */
export async function readDirectory(client: HubspotClient, currency: string | undefined): Promise<HubspotDirectory> {
  const [active, former, pipelines, details] = await Promise.all([readOwners(client, false), readOwners(client, true), client.listPipelines(), currency === undefined ? client.accountDetails() : null]);
  return { owners: new Map([...former, ...active]), stages: stagesOf(pipelines.results), currency: currency ?? details?.companyCurrency ?? null };
}

async function readOwners(client: HubspotClient, archived: boolean): Promise<[string, Owner][]> {
  const found: [string, Owner][] = [];
  let after: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await readOwnersPage(client, archived, after);
    if (answer === null) return found;
    for (const each of answer.results) found.push(...ownerOf(each));
    after = answer.paging?.next?.after;
    if (after === undefined) return found;
  }
  return found;
}

/** A page of owners; null where the app may not read them: their names are then not stated. */
async function readOwnersPage(client: HubspotClient, archived: boolean, after: string | undefined) {
  try {
    return await client.listOwners(archived, after);
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'FORBIDDEN') return null;
    throw error;
  }
}

function ownerOf(given: unknown): [string, Owner][] {
  const read = owner.safeParse(given);
  if (!read.success) return [];
  const { id, firstName, lastName, email } = read.data;
  const name = [firstName, lastName].filter((part) => part?.trim()).join(' ') || email?.trim();
  return name ? [[id, { name: name.slice(0, 500), email: email?.trim() || null }]] : [];
}

/** The stages of every pipeline by their ids. What cannot be read keeps its id as its name. */
function stagesOf(pipelines: readonly unknown[]): ReadonlyMap<string, DealStage> {
  const stages = pipelines.flatMap((each) => pipeline.safeParse(each).data?.stages ?? []);
  return new Map(stages.flatMap((each) => {
    const read = stage.safeParse(each);
    return read.success && read.data.label.trim() !== '' ? [[read.data.id, { label: read.data.label.trim(), closedAs: closedAs(read.data.metadata) }] as const] : [];
  }));
}

/** HubSpot's closed stages are won with a probability of 1 and lost with one of 0. */
function closedAs(metadata: z.output<typeof stage>['metadata']): DealStage['closedAs'] {
  if (metadata?.isClosed !== 'true') return null;
  const probability = Number(metadata.probability ?? Number.NaN);
  return probability === 1 ? 'WON' : probability === 0 ? 'LOST' : null;
}
