import { getOperationAST, OperationTypeNode, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import { TrackedCall } from '../answers/tracked-call.ts';
import { rateHeaders } from '../http/rate-headers.ts';
import { admitDocument, operationNameOf } from '../limits/admit-operation.ts';
import { chargeOf } from '../limits/charge-of.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import type { OpenCall } from '../open-call.ts';
import type { RunCompiled } from './compile-operations.ts';

/** A POST of one operation, as far as its answer depends on it. */
export interface SentQuery {
  readonly body: unknown;
  readonly accept: string | undefined;
}

/** A query that is known, with its variables. */
export interface KnownQuery {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly contentType: string;
}

/** A finished response. */
export interface QueryResponse {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Queries that Apollo has served compiled before: the same limits, the same charge and the same answer, without its pipeline,
 * which takes as long as a small page. What is anything but such a query, or fails anywhere, is Apollo's to answer.
 */
export interface KnownQueries {
  /** Notes a query that Apollo served compiled. */
  note(text: string | undefined, document: DocumentNode): void;
  /** Notes which content type Apollo answered a header `Accept` with. */
  noteContentType(accept: string | undefined, contentType: string | undefined): void;
  /** The query of a request; null where it is not known. */
  find(sent: SentQuery): KnownQuery | null;
  /** Answers a known query; null where Apollo must. */
  answer(known: KnownQuery, call: OpenCall): Promise<QueryResponse | null>;
}

/** What known queries are answered with. */
export interface KnownQueriesOptions {
  readonly schema: GraphQLSchema;
  readonly keeper: Gatekeeper;
  readonly run: RunCompiled;
}

const mostDocuments = 1_000;
const mostAccepts = 100;
const longestAccept = 500;
const members: ReadonlySet<string> = new Set(['query', 'variables', 'operationName']);

/** Makes the known queries of one process. */
export function createKnownQueries({ schema, keeper, run }: KnownQueriesOptions): KnownQueries {
  const { policy } = keeper;
  const documents = new LRUCache<string, DocumentNode>({ max: mostDocuments });
  const contentTypes = new LRUCache<string, string>({ max: mostAccepts });
  return {
    note(text, document) {
      if (text !== undefined && documents.peek(text) !== document) documents.set(text, document);
    },
    noteContentType(accept = '', contentType) {
      if (contentType !== undefined && accept.length <= longestAccept && !contentTypes.has(accept)) contentTypes.set(accept, contentType);
    },
    find({ body, accept = '' }) {
      const contentType = contentTypes.get(accept);
      if (contentType === undefined || !isRecord(body) || !Object.keys(body).every((name) => members.has(name))) return null;
      const { query, variables, operationName } = body;
      const document = typeof query === 'string' ? documents.get(query) : undefined;
      if (!document || !(variables === undefined || variables === null || isRecord(variables))) return null;
      if (!(operationName === undefined || operationName === null || typeof operationName === 'string')) return null;
      return { document, operationName: operationNameOf(operationName), variables: variables ?? undefined, contentType };
    },
    async answer({ document, operationName, variables, contentType }, call) {
      const began = cpuMilliseconds();
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return null;
      const { errors, cost } = admitDocument({ schema, document, variables, operationName }, { policy, introspection: true });
      if (errors.length > 0) return null;
      const spent = cpuMilliseconds() - began;
      if (call instanceof TrackedCall) call.depends.cost = cost;
      call.turn?.measured(spent);
      call.turn?.weigh(cost);
      const left = await call.chargeOnce(() => keeper.charge(call.principal, chargeOf(policy, cost, spent)));
      call.held.isQuery = true;
      if (call instanceof TrackedCall) call.readVersion();
      const body = await run({ document, operationName, variables, contextValue: call });
      return body && { headers: { ...rateHeaders(policy.principalRate, left), 'content-type': contentType }, body };
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
