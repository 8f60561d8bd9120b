import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BodyBudget } from '../limits/body-budget.ts';

/**
 * Reserves what the request's body will take, before it is read, until the response is sent or the client is gone. Without
 * a length the largest that the endpoint takes is reserved. Throws `LimitExceeded` when the sender has too much under way.
 */
export function holdBody(request: FastifyRequest, reply: FastifyReply, { budget, sender, largest }: { readonly budget: BodyBudget; readonly sender: string; readonly largest: number }): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const bytes = encoding === undefined ? Number(length ?? 0) : largest;
  // A larger body is refused unread.
  if (!(bytes > 0 && bytes <= largest)) return;
  reply.raw.once('close', budget.reserve(sender, bytes));
}
