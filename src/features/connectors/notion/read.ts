import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { readInstant, shortened } from '../vendor-values.ts';
import { notionSettings } from './settings.ts';

const text = z.string('must be a text');
const event = z.looseObject({
  id: text,
  timestamp: text,
  workspace_id: text.nullish(),
  type: text,
  entity: z.looseObject({ id: text.min(1, 'must not be empty').max(64, 'must have at most 64 characters'), type: text }, 'must be an object'),
});

/** What is read again: pages, and the tables that they are rows of. Newer versions of Notion's API say data_source for database. */
const kinds: ReadonlySet<string> = new Set(['page', 'database', 'data_source']);

/** Notion: events say that a page changed, and not how. The page is read again, also where it was deleted, since an event may arrive late. */
export function readNotion(body: unknown, given: unknown): Reading {
  const read = event.safeParse(body);
  if (!read.success) throw refusal(read.error);
  const { type, timestamp, workspace_id: workspace, entity } = read.data;
  const occurredAt = readInstant(timestamp, ['timestamp']) ?? '';
  const { workspaceId } = notionSettings.parse(given);
  const wrong = workspaceId !== undefined && workspace?.replaceAll('-', '') !== workspaceId.replaceAll('-', '');
  if (wrong) return joinReadings([{ ignored: [{ reason: 'NO_ACCOUNT', message: 'The event is of another workspace than workspaceId of the settings of this webhook.', path: [] }] }]);
  if (!kinds.has(entity.type)) return joinReadings([{ ignored: [{ reason: 'NOT_READ', message: `Events of the kind ${shortened(type, 100)} are not read. Subscribe to events of pages and data sources.`, path: [] }] }]);
  return joinReadings([{ fetches: [{ kind: entity.type, externalId: entity.id.toLowerCase(), occurredAt, path: ['entity'] }] }]);
}

function refusal({ issues: [issue] }: z.ZodError): InvalidInput {
  const path = issue?.path.map(String) ?? [];
  return new InvalidInput(`${path.length === 0 ? 'The body' : path.join('.')} ${issue?.message ?? 'cannot be read'}. The body must be an event of Notion: {"id": …, "timestamp": …, "type": "page.content_updated", "entity": {"id": …, "type": "page"}}.`, path);
}
