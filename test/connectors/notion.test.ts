import { expect, test } from 'vitest';
import { readNotion } from '../../src/features/connectors/notion/read.ts';
import { notionEvent } from './payloads/notion.ts';

const [page, at] = ['153104cd-477e-809d-8dc4-ff2d96ae3090', '2026-11-21T08:00:00.000Z'];

test('an event about a page asks for the page to be read again, whatever happened to it', () => {
  for (const type of ['page.content_updated', 'page.properties_updated', 'page.created', 'page.deleted', 'page.undeleted', 'page.moved']) {
    expect(readNotion(notionEvent(page, at, { type }), {})).toMatchObject({ records: [], signals: [], deletions: [], ignored: [], fetches: [{ kind: 'page', externalId: page, occurredAt: at, path: ['entity'] }] });
  }
  expect(readNotion(notionEvent(page, at, { type: 'data_source.schema_updated', entity: { id: page.toUpperCase(), type: 'data_source' } }), {}).fetches).toMatchObject([{ kind: 'data_source', externalId: page }]);
});

test('comments, and events of another workspace than that of the settings, are ignored', () => {
  expect(readNotion(notionEvent(page, at, { type: 'comment.created', entity: { id: page, type: 'comment' } }), {})).toMatchObject({ fetches: [], ignored: [{ reason: 'NOT_READ' }] });
  expect(readNotion(notionEvent(page, at), { workspaceId: '13950b26c2034f3bb97d93ec06319566'.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') })).toMatchObject({ fetches: [], ignored: [{ reason: 'NO_ACCOUNT' }] });
  expect(readNotion(notionEvent(page, at), { workspaceId: '13950b26-c203-4f3b-b97d-93ec06319565' }).fetches).toHaveLength(1);
});

test.each([[null, []], [{}, ['id']], [notionEvent(page, 'yesterday'), ['timestamp']], [notionEvent(page, at, { entity: null }), ['entity']]])('a malformed event is refused with the place of the fault: %#', (body, path) => {
  expect(() => readNotion(body, {})).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: path }) as Error);
});
