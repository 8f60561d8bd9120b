import { getOperationAST, GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { checkDocument, type Allowance } from './check-document.ts';
import { InvalidInput, LimitExceeded } from '../../platform/errors.ts';
import { parseDocument } from './parse-document.ts';
import { validateDocument } from './validate-document.ts';

/** A parsed operation that a caller wants to run. */
export interface AskedDocument {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName: string | null | undefined;
}

/** An operation as it came over the wire. */
export interface SentOperation extends Omit<AskedDocument, 'document'> {
  readonly query: string;
}

/** What came of the checks. */
export interface Admission {
  /** Everything that is wrong with the operation, still to be formatted; empty when it may run. */
  readonly errors: readonly unknown[];
  /** Its estimated cost; 0 when it was not measured. */
  readonly cost: number;
}

/**
 * Checks a parsed operation against the limits, and then validates it: both before anything of it runs, and in time
 * bounded by the policy. Limits come first, since they take time in proportion to the document's length. Never throws.
 */
export function admitDocument(asked: AskedDocument, allowance: Allowance): Admission {
  const { schema, document } = asked;
  const { policy } = allowance;
  if (document.definitions.length > policy.definitions) {
    return { errors: [new LimitExceeded(`The document has ${document.definitions.length} definitions; at most ${policy.definitions} are allowed. Send only the operation that is to run and its fragments.`)], cost: 0 };
  }
  const { errors, cost } = checkDocument(asked, allowance);
  return { errors: errors.length > 0 ? errors : validateDocument(schema, document, policy), cost };
}

/** Parses and checks an operation for an endpoint that has no pipeline of its own, such as the socket. Never throws. */
export function admitOperation({ query, ...asked }: SentOperation, allowance: Allowance): Admission & { readonly document: DocumentNode | null } {
  let document: DocumentNode;
  try {
    document = parseDocument(query, allowance.policy);
  } catch (error) {
    return { errors: [error], cost: 0, document: null };
  }
  const { errors, cost } = admitDocument({ ...asked, document }, allowance);
  const unnamed = errors.length === 0 && !getOperationAST(document, asked.operationName);
  return { errors: unnamed ? [noSuchOperation(asked.operationName)] : errors, cost, document };
}

/** Everything that is wrong with an operation, as one error for libraries that take only one. */
export class OperationRefused extends GraphQLError {
  readonly refusals: readonly unknown[];

  constructor(refusals: readonly unknown[]) {
    super('The operation was refused.');
    this.refusals = refusals;
  }
}

/** The operation that an empty name chooses is the only one, as with no name at all. */
export const operationNameOf = (name: string | null | undefined): string | null => (name === '' ? null : (name ?? null));

/** The error of a name that no operation of the document has, or of a missing name. */
export function noSuchOperation(name: string | null | undefined): InvalidInput {
  return new InvalidInput(name ? `The document has no operation named "${name}".` : 'The document has several operations. Name one of them in operationName.');
}
