import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { scoringTools } from '../scoring/arrange.ts';
import { laboratory } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
  for (const name of ['one', 'two', 'three']) for (const type of ['meeting', 'demo_request', 'complaint', 'pricing_page_visit']) await tell(await program.account(name), type);
});
afterAll(() => program.close());
const { tell } = scoringTools(() => program);
const { makeRun, replay } = laboratory(() => program);

test('another process, in another time zone and language, finds the same digest and figures', async () => {
  const [here, there] = [await makeRun({ days: 30 }), await makeRun({ days: 30 })];
  const found = await replay(here);
  const script = new URL('./replay-alone.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, TZ: 'Pacific/Chatham', LC_ALL: 'tr_TR.UTF-8', REPLAY: JSON.stringify({ url: program.testDatabase.url, tenantId: program.tenant, run: there }) },
  });
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual(JSON.parse(JSON.stringify(found)));
});
