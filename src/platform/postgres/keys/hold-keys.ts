import type { Pool } from 'pg';
import { openSession, type Session } from '../session.ts';
import { statement } from '../statement.ts';
import { KeyFault } from './key-fault.ts';
import { dropLock, lockClasses, masterKeyLock, takeLock } from './key-locks.ts';
import type { KeyRing } from './key-ring.ts';
import { masterKeyId, type MasterKey } from './master-key.ts';
import { openStoredRing, readStoredRing, type OpenedRing } from './stored-ring.ts';

/** The keys of a running process. They follow rotations without a restart. */
export interface HeldKeys {
  /** The key ring as it is now. */
  ring(): KeyRing;
  close(): Promise<void>;
}

/** What holding keys takes. */
export interface HoldOptions {
  readonly pool: Pool;
  readonly opened: OpenedRing;
  /** The master keys that this process may use, read again at each change. */
  readKeys(): Promise<readonly MasterKey[]>;
  /** Called after a new version was loaded, before the process is counted as having it. */
  onChange(): Promise<void> | void;
  /** Called once when this process's master key no longer opens the ring. What was loaded stays in use. */
  onUnfit(fault: KeyFault): void;
}

/** How often a process asks whether the key ring changed. Milliseconds. */
const every = 1_000;

const readVersion = statement<{ version: number }>('key_ring_version', 'select version from key_ring');

/** Keeps a process's keys up to date. Resolves once the process is counted among those that hold the present version. */
export async function holdKeys(options: HoldOptions): Promise<HeldKeys> {
  let { opened } = options;
  let session: Session | null = null;
  let locks: readonly (readonly [number, number])[] = [];
  let closed = false;
  let unfit = false;
  let timer: NodeJS.Timeout | undefined;

  const load = async (on: Session, version: number): Promise<void> => {
    // Locked before it is read: a rotation that does not see this lock has raised the version, and the next look finds that.
    await on.rows(takeLock, [lockClasses.version, version]);
    const stored = await readStoredRing(on);
    if (!stored) throw new Error('the key ring is gone');
    opened = openStoredRing(stored, await options.readKeys());
    await options.onChange();
    const masterLock = masterKeyLock(masterKeyId(opened.key.bytes));
    await on.rows(takeLock, [lockClasses.masterKey, masterLock]);
    for (const lock of locks) await on.rows(dropLock, lock);
    locks = [[lockClasses.version, version], [lockClasses.masterKey, masterLock]];
  };

  const look = async (): Promise<void> => {
    if (!session || session.lost.aborted) {
      locks = [];
      session = await openSession(options.pool, 'context-graph keys');
    }
    for (;;) {
      const [row] = await session.rows(readVersion);
      const version = row?.version ?? 0;
      if (locks.some(([kind, held]) => kind === lockClasses.version && held === version)) return;
      await load(session, version);
    }
  };

  const turn = async (): Promise<void> => {
    try {
      await look();
      unfit = false;
    } catch (error) {
      // Anything else is the database being away: the pool's owner is told of that, and the next turn opens another session.
      if (error instanceof KeyFault && !unfit) {
        unfit = true;
        options.onUnfit(error);
      }
      // Its locks may not tell what is loaded.
      await session?.end().catch(() => undefined);
      session = null;
    }
  };
  const again = (): void => {
    if (closed) return;
    timer = setTimeout(() => void (running = turn().then(again)), every).unref();
  };
  let running = Promise.resolve();
  await look().catch(async (error: unknown) => {
    await session?.end().catch(() => undefined);
    throw error;
  });
  again();

  return {
    ring: () => opened.ring,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
      await session?.end().catch(() => undefined);
    },
  };
}
