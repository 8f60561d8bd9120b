import { LRUCache } from 'lru-cache';
import type { RateLimiter } from '../../platform/rate-limiter.ts';
import { addressKey } from './address-key.ts';
import { refuse } from './charges.ts';

/** Where a webhook comes from, and the id of the secret that it names; null: it names none. */
export interface WebhookSender {
  readonly address: string;
  readonly secretId: string | null;
}

/**
 * Counts webhooks that did not prove who sent them. A vendor calls from the same addresses for all of its customers, so the
 * webhook of one that is set up wrongly, or revoked, must not keep out those of others.
 */
export interface WebhookFailures {
  /** Throws `LimitExceeded` when this process already knows that the sender has no attempts left. Asks nothing. */
  refuseUsedUp(sender: WebhookSender): void;
  /** Counts a failure: of a secret that exists by itself, of others by their address; throws `LimitExceeded` when there were too many. */
  count(sender: WebhookSender & { readonly exists: boolean }): Promise<void>;
  /** Notes that a sender proved who it is: from then on the failures of others at its address do not concern it. */
  pass(sender: WebhookSender): void;
}

/** Secrets that a process remembers to have been used rightly. */
const mostPassed = 50_000;

/** Failed webhooks over a limiter. */
export function createWebhookFailures(limiter: RateLimiter): WebhookFailures {
  const passed = new LRUCache<string, true>({ max: mostPassed });
  const ofSecret = ({ address, secretId }: WebhookSender): string => `${addressKey(address)} ${secretId ?? ''}`;
  return {
    refuseUsedUp(sender) {
      refuse(limiter.refusedFor(ofSecret(sender)));
      if (sender.secretId === null || !passed.has(sender.secretId)) refuse(limiter.refusedFor(addressKey(sender.address)));
    },
    async count({ exists, ...sender }) {
      const { allowed, resetsIn } = await limiter.take(exists ? ofSecret(sender) : addressKey(sender.address), 1);
      if (!allowed) refuse(Math.max(1, resetsIn));
    },
    pass: ({ secretId }) => void (secretId !== null && passed.set(secretId, true)),
  };
}
