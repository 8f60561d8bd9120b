import { z } from 'zod';
import { readRecord, type HubspotClient } from './client.ts';
import type { HubspotRecords } from './write.ts';

const stage = z.looseObject({ id: z.string(), label: z.string() });
const association = z.looseObject({ toObjectId: z.union([z.string(), z.int()]).transform(String) });
const pipeline = z.looseObject({ stages: z.array(z.unknown()) });

/** The most pages of tasks or notes of one deal that are listed. */
const mostPages = 20;

/** The calls of the writer, on HubSpot's client. */
export function toHubspotRecords(client: HubspotClient): HubspotRecords {
  return {
    get: (type, id, properties) => client.readObject(type, id, properties),
    async getMany(type, ids, properties) {
      const { results } = await client.readObjects(type, { ids, properties, history: [], archived: false });
      return results.flatMap((item) => readRecord(item) ?? []);
    },
    create: (type, { properties, dealId, associationTypeId }, signal) =>
      client.createObject(type, { properties: { ...properties }, associations: [{ to: { id: dealId }, types: [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId }] }] }, signal),
    update: (type, id, properties, signal) => client.updateObject(type, id, properties, signal),
    archive: (type, id, signal) => client.archiveObject(type, id, signal),
    async idsAtDeal(dealId, type) {
      const ids: string[] = [];
      let after: string | undefined;
      for (let page = 0; page < mostPages; page += 1) {
        const answer = await client.listAssociations('deals', dealId, type, after);
        ids.push(...answer.results.map((item) => association.parse(item).toObjectId));
        after = answer.paging?.next?.after;
        if (after === undefined) break;
      }
      return ids;
    },
    async stageLabel(stageId) {
      const { results } = await client.listPipelines();
      const stages = results.flatMap((each) => pipeline.safeParse(each).data?.stages ?? []).flatMap((each) => stage.safeParse(each).data ?? []);
      return stages.find(({ id }) => id === stageId)?.label ?? null;
    },
  };
}
