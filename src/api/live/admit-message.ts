import { getOperationAST, OperationTypeNode, type ExecutionArgs, type GraphQLError, type GraphQLSchema } from 'graphql';
import type { Context, SubscribePayload } from 'graphql-ws';
import type { Clock } from '../../platform/clock.ts';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import { LimitExceeded, Unauthenticated } from '../../platform/errors.ts';
import type { Principal } from '../../features/access/index.ts';
import type { FormatError } from '../graphql/format-error.ts';
import { admitOperation, operationNameOf } from '../limits/admit-operation.ts';
import { asksCost, chargeOf, showCost, type ShownCost } from '../limits/charge-of.ts';
import type { Turn } from '../limits/fair-turns.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { KnownDocuments } from './known-documents.ts';
import type { LiveOperations } from './live-operations.ts';
import { passShared } from './send-at-once.ts';
import type { SocketMember } from './socket-member.ts';
import type { LiveOperation } from './start-subscription.ts';

/** A socket as graphql-ws knows it. */
export type SocketContext = Context<Record<string, unknown>, SocketMember>;

/** What the socket's operations run with. */
export interface Running extends ExecutionArgs {
  readonly contextValue: OpenCall;
  readonly stream?: AsyncIterableIterator<unknown>;
  /** What the response says of its cost; null when it was not asked for. */
  readonly cost?: ShownCost | null;
}

/** What admitting operations takes. */
export interface AdmissionOptions {
  readonly schema: GraphQLSchema;
  readonly live: LiveOperations;
  readonly calls: CallDependencies;
  readonly clock: Clock;
  readonly keeper: Gatekeeper;
  readonly format: FormatError;
  newRequestId(): string;
}

/** Decides whether an operation that came by a socket may run: its arguments, or everything that is wrong with it. */
export type AdmitMessage = (context: SocketContext, id: string, payload: SubscribePayload) => Promise<ExecutionArgs | GraphQLError[]>;

/** Holds each operation to the policy that HTTP has. */
export function createMessageAdmission(options: AdmissionOptions): AdmitMessage {
  const { schema, keeper, format, live, calls } = options;
  const { policy } = keeper;
  const documents = new KnownDocuments();
  const now = (): number => options.clock.now().getTime();

  const admitInTurn = async (turn: Turn, principal: Principal, { member, id, payload, requestId }: Asked): Promise<ExecutionArgs | GraphQLError[]> => {
    if (turn.started) await turn.started;
    const { query, variables } = payload;
    const operationName = operationNameOf(payload.operationName);
    const began = cpuMilliseconds();
    const { document, errors, cost } = admitOperation({ schema, query, variables, operationName }, { policy, introspection: true });
    const spent = cpuMilliseconds() - began;
    turn.measured(spent);
    turn.weigh(cost);
    const points = chargeOf(policy, errors.length > 0 ? 0 : cost, spent);
    const rate = await keeper.charge(principal, points);
    if (errors.length > 0 || !document) {
      turn.end();
      return errors.map((error) => format(error, requestId));
    }
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) {
      const call = new OpenCall(calls, principal, requestId, turn);
      call.held.rate = rate;
      return { schema, document, operationName, variableValues: variables ?? {}, contextValue: call, cost: asksCost(payload.extensions) ? showCost(policy, cost, points, rate) : null } as ExecutionArgs;
    }
    const operation = subscriptionOf(calls, principal, { document: documents.same(query, document), operationName, variables: variables ?? {}, requestId });
    const stream = await live.subscribe(operation, passShared(member, id, now));
    turn.end();
    return { schema, document: operation.document, operationName, variableValues: operation.variables, contextValue: null, stream } as ExecutionArgs;
  };

  const admit = async (asked: Asked, underWay: number): Promise<ExecutionArgs | GraphQLError[]> => {
    const { principal } = asked.member;
    if (!principal) throw new Unauthenticated('Sign in first: send the token in connectionParams.authorization.');
    const { operations } = policy.sockets;
    if (underWay > operations) throw new LimitExceeded(`At most ${operations} operations at once on one socket. Complete some, or open another socket.`);
    keeper.refuseUsedUp(principal);
    const turn = keeper.turns.take(principal);
    try {
      return await admitInTurn(turn, principal, asked);
    } catch (error) {
      turn.end();
      throw error;
    }
  };

  return async ({ extra: member, subscriptions }, id, payload) => {
    const requestId = options.newRequestId();
    try {
      return await admit({ member, id, payload, requestId }, Object.keys(subscriptions).length);
    } catch (error) {
      return [format(error, requestId)];
    }
  };
}

/** An operation as a socket's client asked for it. */
interface Asked {
  readonly member: SocketMember;
  readonly id: string;
  readonly payload: SubscribePayload;
  readonly requestId: string;
}

/** It lives as long as the subscriber listens, so it holds nothing of the message and the turn that began it. */
function subscriptionOf(calls: CallDependencies, principal: Principal, operation: Omit<LiveOperation, 'openCall'>): LiveOperation {
  return { ...operation, openCall: () => new OpenCall(calls, principal, operation.requestId) };
}
