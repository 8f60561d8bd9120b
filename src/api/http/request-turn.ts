import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Turn } from '../limits/fair-turns.ts';
import { RequestSlot } from './request-slot.ts';

interface Planned {
  take(): Turn;
  turn: Turn | null;
  started: Promise<void> | null;
}

const planned = new RequestSlot<Planned>();

/**
 * Says how the request gets its turn. It is taken once the body has arrived, and before that is parsed: a slow body holds
 * up nobody, and a large one waits like any other work. It ends when the response is sent or the client is gone.
 */
export function planTurn(request: FastifyRequest, reply: FastifyReply, take: () => Turn): void {
  const plan: Planned = { take, turn: null, started: null };
  planned.set(request, plan);
  reply.raw.once('close', () => {
    plan.turn?.end();
    planned.delete(request);
  });
}

/** Waits for the request's turn; only the first call takes it. Throws `LimitExceeded` when there are too many. */
export async function startTurn(request: FastifyRequest): Promise<void> {
  const plan = planned.get(request);
  if (!plan) return;
  if (!plan.turn) {
    plan.turn = plan.take();
    plan.started = plan.turn.started;
  }
  if (plan.started) await plan.started;
}

/** The request's turn, once it was taken. */
export function turnOf(request: FastifyRequest): Turn | null {
  return planned.get(request)?.turn ?? null;
}

/**
 * Gives the request's turn back before its response: what waits in a queue of its own uses no CPU. Signals that arrive one
 * by one wait there for a shared transaction; while they held turns, only a few of a caller would share one.
 */
export function endTurn(request: FastifyRequest): void {
  planned.get(request)?.turn?.end();
}
