import { Conflict } from '../../platform/errors.ts';
import type { SessionRef } from './session-ref.ts';

/** Another holder works on the session. */
export class SessionIsBusy extends Conflict {
  readonly holder: string;
  /** RFC 3339. */
  readonly expiresAt: string;

  constructor(holder: string, expiresAt: string) {
    super(`${holder} holds the lock of this session until ${expiresAt}. Start it again when the lock was released or has expired.`);
    this.holder = holder;
    this.expiresAt = expiresAt;
  }
}

/** The fencing token is not that of the lock that is held now. */
export class LockIsStale extends Conflict {
  constructor(path: readonly string[], message = 'This fencing token no longer holds the lock: it expired, was released or was taken by another start. Nothing was written. Start the session again.') {
    super(message, path);
  }
}

/** Another request of the session bore the idempotency key. */
export class IdempotencyKeyTaken extends Conflict {
  constructor(path: readonly string[]) {
    super('Another request of this session had this idempotencyKey. Nothing was written. Give each request a key of its own, and the same key only when you repeat it unchanged.', path);
  }
}

/** Messages arrived that the holder has not drained. */
export class MessagesAreWaiting extends Conflict {
  readonly count: number;
  readonly session: SessionRef;

  constructor(count: number, session: SessionRef) {
    super(`${count} ${count === 1 ? 'message waits' : 'messages wait'} in the queue. Drain them, then end the session.`);
    this.count = count;
    this.session = session;
  }
}
