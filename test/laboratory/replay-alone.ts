/* Replays a run in a process of its own, and prints what it found. */
import 'reflect-metadata';
import { finishRun } from '../../src/features/laboratory/finish-run.ts';
import { replayPortion } from '../../src/features/laboratory/replay-portion.ts';
import type { ReplayedPortion, ReplayedRun } from '../../src/features/laboratory/replay-signatures.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';

const { url, tenantId, run } = JSON.parse(process.env['REPLAY'] ?? '') as { readonly url: string; readonly tenantId: Id<'Tenant'>; readonly run: ReplayedRun };
const database = await openDatabase({ url, connections: 2, clock: systemClock, newId: createIds(systemClock), entities: [], onError: () => undefined });
const caller = { tenantId, actor: { kind: 'system', id: 'alone' }, requestId: 'alone' } as const;
for (let after: Id<'Account'> | null = null; ; ) {
  const from: Id<'Account'> | null = after;
  const portion: ReplayedPortion = await database.lab(caller, (work) => replayPortion(work, run, { after: from, most: 1 }));
  after = portion.last;
  if (after === null) break;
}
process.stdout.write(`${JSON.stringify(await database.lab(caller, (work) => finishRun(work, run)))}\n`);
await database.close();
