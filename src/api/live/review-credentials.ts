import type { Clock } from '../../platform/clock.ts';
import { Unauthenticated } from '../../platform/errors.ts';
import type { Authenticate } from '../../features/access/index.ts';
import type { SocketMember } from './socket-member.ts';

/** What reviewing sockets takes. */
export interface ReviewOptions {
  readonly members: ReadonlySet<SocketMember>;
  readonly clock: Clock;
  /** Looks at credentials that were admitted once: refusals do not count as guesses here. */
  readonly authenticate: Authenticate;
  /** Milliseconds. */
  readonly every: number;
}

/** Every how many reviews API keys are looked up again: they do not expire by themselves, but may be revoked. */
const reviewsPerLookup = 10;

/** Closes sockets whose credentials no longer hold. Returns how to stop. */
export function startCredentialReview({ members, clock, authenticate, every }: ReviewOptions): () => void {
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    const now = clock.now().getTime();
    for (const member of members) {
      if (member.isOver(now)) member.endExpired();
      else if (round % reviewsPerLookup === 0 && member.apiKey !== null) {
        authenticate(undefined, member.apiKey).catch((error: unknown) => {
          if (error instanceof Unauthenticated) member.end('The API key is no longer valid.');
        });
      }
    }
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
