import { parseArgs } from 'node:util';
import { systemClock } from '../platform/clock.ts';
import { createDeadLetters, type DeadLetter } from '../platform/events/dead-letters.ts';
import { createIds, isUuid, type Id } from '../platform/ids.ts';
import { openDatabase } from '../platform/postgres/database.ts';
import { readConfig } from './config.ts';
import { requireFittingKeys } from './require-keys.ts';

const usage = `Usage: npm run dead-letters -- list --group context-engine
       npm run dead-letters -- replay --group context-engine [--id <letter> …]
Needs DATABASE_URL. list: letters that wait, one line of JSON each, the oldest first. replay: hands them to their group again, all or those named.
`;

const { values, positionals } = parseArgs({ options: { group: { type: 'string' }, id: { type: 'string', multiple: true } }, allowPositionals: true, strict: true });
const config = readConfig();
const [command, ...more] = positionals;
const ids = (values.id ?? []) as Id<'DeadLetter'>[];
if (!config.database || !values.group || more.length > 0 || (command !== 'list' && command !== 'replay') || !ids.every(isUuid) || (command === 'list' && ids.length > 0)) {
  process.stderr.write(usage);
  process.exit(1);
}
await requireFittingKeys(config, config.database.url);
const newId = createIds(systemClock);
const database = await openDatabase({ url: config.database.url, connections: 2, clock: systemClock, newId, entities: [], onError: (error) => process.stderr.write(`${error.message}\n`) });
try {
  const letters = createDeadLetters({ database, clock: systemClock, newId });
  if (command === 'list') {
    const waiting = await letters.list(values.group);
    for (const letter of waiting) process.stdout.write(`${JSON.stringify(line(letter))}\n`);
    if (waiting.length === 1_000) process.stderr.write('There may be more: these are the oldest 1,000.\n');
  }
  else process.stdout.write(`${await letters.replay(values.group, ids.length > 0 ? ids : undefined)} handed to ${values.group} again\n`);
} finally {
  await database.close();
}

/** What an operator needs to judge it: ids and the fault, and the event as it was read. */
function line({ id, failedAt, attempts, error, origin, event }: DeadLetter): object {
  return { id, failedAt, attempts, error: `${error.name}: ${error.message}`, topic: origin.topic, partition: origin.partition, offset: origin.offset, event };
}
