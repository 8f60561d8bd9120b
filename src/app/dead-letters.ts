import 'reflect-metadata';
import { systemClock } from '../platform/clock.ts';
import { createDeadLetters, type DeadLetter } from '../platform/events/dead-letters.ts';
import { isUuid, type Id } from '../platform/ids.ts';
import { readConfig } from './config.ts';
import { consumerGroups } from './consumer-groups.ts';
import { openInstallation } from './open-installation.ts';
import { CommandFault, runCommand } from './run-command.ts';

const usage = `Usage: npm run dead-letters -- list [--group <group>]
       npm run dead-letters -- replay --group <group> [--id <letter> …]

list: prints the events that a consumer group could not process, one line of JSON each, the oldest first.
replay: delivers them to their group again, all or those named.
It uses DATABASE_URL, or the embedded database in DATA_FOLDER, beside the running program or without it.

  --group <group>   ${consumerGroups.join(', ')}; all when absent
  --id <letter>     the id of a letter; may be repeated
`;

/** As many letters as one listing has at most. */
const most = 1_000;

const options = { group: { type: 'string' }, id: { type: 'string', multiple: true } } as const;

await runCommand({ usage, options, words: ['list', 'replay'] }, async ({ group, id = [] }, command) => {
  if (command === 'replay' && group === undefined) throw new CommandFault('--group is needed: the consumer group that gets the events again. More with --help.');
  if (command === 'list' && id.length > 0) throw new CommandFault('--id belongs to replay; list prints all letters of a group.');
  const wrong = id.find((each) => !isUuid(each));
  if (wrong !== undefined) throw new CommandFault(`--id must be the id of a letter, as list prints it; "${wrong}" is none.`);
  const { database, newId, close } = await openInstallation(readConfig());
  try {
    const letters = createDeadLetters({ database, clock: systemClock, newId });
    if (command === 'list') await list(letters, group === undefined ? [...consumerGroups, 'outbox'] : [group]);
    else process.stdout.write(`${await letters.replay(group ?? '', id.length > 0 ? (id as Id<'DeadLetter'>[]) : undefined)} handed to ${group} again\n`);
    return 0;
  } finally {
    await close();
  }
});

async function list(letters: ReturnType<typeof createDeadLetters>, groups: readonly string[]): Promise<void> {
  let count = 0;
  for (const group of groups) {
    const waiting = await letters.list(group);
    count += waiting.length;
    for (const letter of waiting) process.stdout.write(`${JSON.stringify({ group, ...line(letter) })}\n`);
    if (waiting.length === most) process.stderr.write(`There may be more of ${group}: these are the oldest ${most}.\n`);
  }
  if (count === 0) process.stderr.write(`No dead letters of ${groups.join(', ')}.\n`);
}

/** What an operator needs to judge it: ids and the fault, and the event as it was read. */
function line({ id, failedAt, attempts, error, origin, event }: DeadLetter): object {
  return { id, failedAt, attempts, error: `${error.name}: ${error.message}`, topic: origin.topic, partition: origin.partition, offset: origin.offset, event };
}
