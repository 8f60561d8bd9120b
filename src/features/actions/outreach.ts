import { z } from 'zod';
import type { Log } from '../../platform/log.ts';
import type { Approval } from './approval.ts';
import type { Draft } from './draft.ts';
import { requireOutbound } from '../../platform/outbound-http.ts';

/** What is sent: nothing without an approval, and an approval cannot be made up. */
export type OutreachMessage = Draft & { readonly approval: Approval };

/** How sending went, as far as the outside says. */
export type SendOutcome =
  | { readonly kind: 'SENT'; readonly outsideId: string }
  /** `lasting`: trying again would not help. */
  | { readonly kind: 'REFUSED'; readonly lasting: boolean; readonly reason: string };

/** What the outside says became of an approval's message. */
export type LookUpOutcome = { readonly kind: 'SENT'; readonly outsideId: string } | { readonly kind: 'NOT_SENT' } | { readonly kind: 'UNKNOWN' };

/**
 * The edge of the world: whatever reaches customers goes through this contract, and only the executor holds one. The id of
 * the approval is the idempotency key. `send` that throws, or does not answer, means that nobody knows whether it was
 * sent.
 */
export interface Outreach {
  /** What it is, for logs: `mock`. */
  readonly kind: string;
  send(message: OutreachMessage, signal: AbortSignal): Promise<SendOutcome>;
  /** What became of a message whose sending did not answer. */
  lookUp(approval: Approval, signal: AbortSignal): Promise<LookUpOutcome>;
}

/** An outreach that sends nothing and remembers what it would have sent, each approval once, the last thousand. */
export interface MockOutreach extends Outreach {
  readonly sent: ReadonlyMap<string, OutreachMessage>;
}

const mostRemembered = 1_000;
const messageForm = z.looseObject({ to: z.string().min(3), subject: z.string().min(1), body: z.string().min(1) });

/** Makes the mock: the only outreach there is so far. What it remembers stays in memory; the log is told ids alone. */
export function createMockOutreach(log: Pick<Log, 'info'>): MockOutreach {
  const sent = new Map<string, OutreachMessage>();
  return {
    kind: 'mock',
    sent,
    async send(message) {
      requireOutbound('outreach');
      const { approval } = message;
      if (!messageForm.safeParse(message).success) return { kind: 'REFUSED', lasting: true, reason: 'INCOMPLETE_MESSAGE' };
      if (!sent.has(approval.id)) {
        sent.set(approval.id, message);
        const [oldest] = sent.keys();
        if (sent.size > mostRemembered && oldest !== undefined) sent.delete(oldest);
        log.info({ approvalId: approval.id, actionId: approval.actionId }, 'mock outreach: nothing was sent to anybody');
      }
      return { kind: 'SENT', outsideId: `mock-${approval.id}` };
    },
    async lookUp({ id }) {
      return sent.has(id) ? { kind: 'SENT', outsideId: `mock-${id}` } : { kind: 'UNKNOWN' };
    },
  };
}
