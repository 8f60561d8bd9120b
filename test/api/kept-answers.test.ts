import type { FastifyReply } from 'fastify';
import { expect, test } from 'vitest';
import { createFinishedAnswers } from '../../src/api/answers/finished-answers.ts';
import { createServeFinished, type ServeFinished } from '../../src/api/answers/serve-finished.ts';
import type { TrackedCall } from '../../src/api/answers/tracked-call.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Id } from '../../src/platform/ids.ts';

const tenantId = '01a1fd55-7a80-709a-906e-e02874fbf3fd' as Id<'Tenant'>;
const reply = { statusCode: 200, getHeader: () => undefined } as unknown as FastifyReply;
const callWith = (isKeepable: boolean): TrackedCall => ({ tenantId, held: { isQuery: true }, depends: { isKeepable, readAt: null, cost: 1, version: Promise.resolve(1) } }) as unknown as TrackedCall;

function serveAndAnswers(): { readonly answers: ReturnType<typeof createFinishedAnswers>; readonly serve: ServeFinished } {
  const answers = createFinishedAnswers(1_000_000);
  return { answers, serve: createServeFinished({ answers, readVersion: async () => 1, clock: systemClock }) };
}

test('an answer that was begun before everything was dropped does not stay in memory', async () => {
  const { answers, serve } = serveAndAnswers();
  serve.noteRun('key', tenantId);
  const looked = await serve.look('key', tenantId);
  if (!looked) throw new Error('it was asked before');
  await serve.run(looked, () => callWith(true), reply, async () => {
    answers.clear();
    return '{"data":{"name":"Erased Person"}}';
  });
  expect(answers.find('key', { version: 1, now: Date.now() })).toBeNull();
  await serve.run(looked, () => callWith(true), reply, async () => '{"data":{"name":null}}');
  expect(answers.find('key', { version: 1, now: Date.now() })?.body.toString()).toBe('{"data":{"name":null}}');
});

test('a query that can never be kept is executed like one that is asked for the first time: nobody waits for another, and caches serve it', async () => {
  const { serve } = serveAndAnswers();
  serve.noteRun('key', tenantId);
  const looked = await serve.look('key', tenantId);
  if (!looked) throw new Error('it was asked before');
  await serve.run(looked, () => callWith(false), reply, async () => '{"data":{}}');
  expect(await serve.look('key', tenantId)).toBeNull();
});

test('the key of a request is short, however long its headers are', () => {
  const { serve } = serveAndAnswers();
  const keyOf = (accept: string): string | null =>
    serve.keyOf({ method: 'POST', headers: { accept } }, { tenantId, roles: new Set(['viewer'] as const), actor: { kind: 'user', id: 'one' }, expiresAt: null }, Buffer.from('{}'));
  expect(keyOf(`application/json${', text/html'.repeat(1_000)}`)?.length).toBeLessThan(200);
  expect(keyOf('application/json')).not.toBe(keyOf('multipart/mixed'));
});
