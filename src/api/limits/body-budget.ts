import { LimitExceeded } from '../../platform/errors.ts';

/** How many bytes of request bodies may be held at once. */
export interface BodyPolicy {
  /** Of one caller. */
  readonly ofCaller: number;
  /** Of one address, where the sender is known only by the body: webhooks. */
  readonly ofAddress: number;
  /** Of one webhook. */
  readonly webhook: number;
}

/** Bounds the bytes of request bodies that one sender makes the process hold. */
export interface BodyBudget {
  /** Reserves bytes until the returned function is called; throws `LimitExceeded` when the sender has too many under way. */
  reserve(sender: string, bytes: number): () => void;
}

/** A budget of so many bytes for each sender. One body always fits. */
export function createBodyBudget(most: number): BodyBudget {
  const held = new Map<string, number>();
  return {
    reserve(sender, bytes) {
      const before = held.get(sender) ?? 0;
      if (before > 0 && before + bytes > most) throw new LimitExceeded('Too many bytes of request bodies at once. Send fewer requests at the same time; retry after 1 s.', 1);
      held.set(sender, before + bytes);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        const left = (held.get(sender) ?? 0) - bytes;
        if (left > 0) held.set(sender, left);
        else held.delete(sender);
      };
    },
  };
}
