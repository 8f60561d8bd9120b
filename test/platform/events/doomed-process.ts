import { systemClock } from '../../../src/platform/clock.ts';
import { createDeadLetters } from '../../../src/platform/events/dead-letters.ts';
import { createPostgresBus } from '../../../src/platform/events/postgres-bus.ts';
import { createRelay } from '../../../src/platform/events/relay.ts';
import { createIds } from '../../../src/platform/ids.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';

/** A process with a relay and a consumer that takes a batch in hand and never finishes it. Arguments: database URL, group, topic. */
const [url = '', group = '', topic = ''] = process.argv.slice(2);
const newId = createIds(systemClock);
const onError = (error: unknown): void => console.error(error);
const database = await openDatabase({ url, connections: 4, clock: systemClock, newId, entities: [], onError });
const deadLetters = createDeadLetters({ database, clock: systemClock, newId });
const bus = createPostgresBus({ database, deadLetters, onError });
await bus.consume({
  group,
  topics: [topic],
  batchSize: 100,
  async handle(events) {
    console.log(`in hand: ${events.length}`);
    await new Promise(() => undefined);
  },
});
createRelay({ database, bus, deadLetters, onError }).start();
