import { z } from 'zod';
import type { VendorObject } from '../outbound/vendor-api.ts';
import { joinReadings, type IgnoredItem, type ReadDeletion, type Reading } from '../reading.ts';
import { deletion } from './people.ts';
import { isRecordId, isRecordType, nodeTypes } from './soql.ts';

const identified = z.looseObject({ Id: z.string() });

/** The first 15 characters of a record's id, which tell it apart from all others; undefined where it has none. */
export const idOfRecord = (record: unknown): string | undefined => identified.safeParse(record).data?.Id.slice(0, 15);

/** What was asked for and is not there: purged, or no longer shown to the integration user. */
export function missingRecords(objects: readonly VendorObject[], records: readonly unknown[]): Reading {
  const found = new Set(records.map(idOfRecord));
  const deletions = new Map<string, ReadDeletion>();
  const ignored: IgnoredItem[] = objects.filter(({ kind, externalId }) => !isRecordType(kind) || !isRecordId(externalId)).map(({ kind }) => ({ reason: 'NOT_READ' as const, message: `Records of the kind ${kind.slice(0, 100)} are not read from Salesforce.`, path: [] }));
  for (const { kind, externalId } of objects) {
    if (!isRecordType(kind) || !isRecordId(externalId) || found.has(externalId.slice(0, 15))) continue;
    const type = nodeTypes[kind];
    if (type === undefined) ignored.push({ reason: 'NOT_READ', message: `Salesforce no longer has the ${kind} ${externalId}, or does not show it, so the contact whose role it was is not known.`, path: [] });
    else deletions.set(externalId, { ...deletion(type, externalId, null), reason: 'Salesforce no longer has it, or does not show it to the integration user.' });
  }
  return joinReadings([{ deletions: [...deletions.values()], ignored }]);
}
