import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { deliver, secretOf } from './deliver.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ policy: { ...defaultLimits, strangerRate: { points: 3, seconds: 3_600 } } });
});
afterAll(() => program?.close());

let deals = 0;
const send = async (webhook: Pick<WebhookSecret, 'id' | 'secret'>): Promise<number> =>
  (await deliver(program, { source: 'salesforce', webhook }, { AccountId: 'shared', Id: `shared-${(deals += 1)}`, StageName: 'Prospecting', Name: 'Shared' })).status;
const statuses = async (webhook: Pick<WebhookSecret, 'id' | 'secret'>, times: number): Promise<readonly number[]> => {
  const found: number[] = [];
  for (let sent = 0; sent < times; sent += 1) found.push(await send(webhook));
  return found;
};

test('a vendor calls from one address for all of its customers: a webhook that is set up wrongly or revoked keeps out no others', async () => {
  const other = program.otherTenant;
  const [good, wrong, later] = [await secretOf(program, 'salesforce', other), await secretOf(program, 'salesforce'), await secretOf(program, 'salesforce', other)];
  // A wrong secret is held back by itself, and one that nothing arrived for yet is still taken in.
  expect(await statuses({ id: wrong.id, secret: Buffer.from('wrong') }, 5)).toEqual([401, 401, 401, 429, 429]);
  expect(await send(good)).toBe(202);
  expect(await send(wrong)).toBe(429);
  // So is one that is not signed with at all, as where nobody entered a secret at the vendor.
  const unsigned = await secretOf(program, 'salesforce');
  for (let sent = 0; sent < 4; sent += 1) await deliver(program, { source: 'salesforce', webhook: unsigned }, {}, { timestamp: null, signature: null });
  expect(await send(await secretOf(program, 'salesforce', other))).toBe(202);
  // Secrets that do not exist, such as revoked ones, use up the address for those that are not known to be right.
  for (let sent = 0; sent < 4; sent += 1) await send({ id: randomUUID() as never, secret: Buffer.from('guessed') });
  expect(await send({ id: randomUUID() as never, secret: Buffer.from('guessed') })).toBe(429);
  expect(await send(later)).toBe(429);
  expect(await statuses(good, 5)).toEqual([202, 202, 202, 202, 202]);
});
