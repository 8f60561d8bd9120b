import type { Database } from '../database.ts';
import { openSession } from '../session.ts';
import { statement } from '../statement.ts';
import { KeyFault } from './key-fault.ts';
import { lockClasses } from './key-locks.ts';

const tryLock = statement<{ taken: boolean }>('try_rotation_lock', 'select pg_try_advisory_lock($1, 0) as taken');
const stay = statement('stay_connected', 'select 1');

/**
 * Does something to the master keys that only one command may do at a time: two rotations at once would each put a new key
 * into secrets.json, and the last to write would take out the key that the other has begun to seal with. The lock ends
 * with its holder. Throws a `KeyFault` when another command has it.
 */
export async function rotateAlone<Result>({ pool }: Pick<Database, 'pool'>, body: () => Promise<Result>): Promise<Result> {
  const session = await openSession(pool, 'context-graph key rotation');
  // A session that is silent is ended.
  const awake = setInterval(() => void session.rows(stay).catch(() => undefined), 5_000);
  try {
    const [lock] = await session.rows(tryLock, [lockClasses.rotation]);
    if (!lock?.taken) throw new KeyFault('ROTATION', 'Another command is rotating the keys: wait until it has ended (nothing was changed).');
    return await body();
  } finally {
    clearInterval(awake);
    await session.end();
  }
}
