import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { deliver, secretOf } from './deliver.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program?.close());

const counted = async (): Promise<readonly string[]> => (await (await fetch(`${program.url}/metrics`)).text()).split('\n').filter((line) => line.startsWith('webhook_refused_items_total{'));

test('items that are refused while others of the delivery are taken in are counted, since no vendor reads the answer', async () => {
  const webhook = await secretOf(program, 'salesforce');
  const deal = (id: string, more: object = {}): object => ({ AccountId: 'refused-items', Id: id, StageName: 'Prospecting', Name: id, ...more });
  expect((await deliver(program, { source: 'salesforce', webhook }, [deal('1'), deal('2')])).status).toBe(202);
  expect(await counted()).toEqual([]);
  const { status, body } = await deliver(program, { source: 'salesforce', webhook }, [deal('3'), deal('4', { StageName: '' }), deal('5', { Name: 'x'.repeat(10_000) })]);
  expect(status).toBe(202);
  expect(body.results?.map((item) => item['status']).toSorted()).toEqual(expect.arrayContaining(['ignored', 'refused']));
  expect(await counted()).toEqual(expect.arrayContaining(['webhook_refused_items_total{source="salesforce",code="UNREADABLE"} 1', 'webhook_refused_items_total{source="salesforce",code="BAD_USER_INPUT"} 1']));
});
