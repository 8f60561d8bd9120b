import { GraphQLError, parse, type DocumentNode } from 'graphql';
import { LimitExceeded } from '../../platform/errors.ts';
import type { LimitPolicy } from './policy.ts';

const tokenLimitReached = /^Syntax Error: Document contains more tha[nt] (\d+) tokens/;

/** Parses a document of bounded length. Throws `LimitExceeded` when it is longer, and the parser's error otherwise. */
export function parseDocument(source: string, policy: LimitPolicy): DocumentNode {
  try {
    return parse(source, { maxTokens: policy.tokens });
  } catch (error) {
    throw error instanceof GraphQLError ? (tokenLimitOf(error) ?? error) : error;
  }
}

/** What the parser means when it gave up for length: it knows only syntax errors. Null for any other error. */
export function tokenLimitOf(error: GraphQLError): LimitExceeded | null {
  const allowed = tokenLimitReached.exec(error.message)?.[1];
  if (allowed === undefined) return null;
  return new LimitExceeded(`The document has more than ${allowed} tokens. Send only the operation that is to run, or several requests.`);
}
