import { getOperationAST, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { checkDocument, type Allowance } from './check-document.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { parseDocument } from './parse-document.ts';

/** An operation as it came over the wire. */
export interface SentOperation {
  readonly schema: GraphQLSchema;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName: string | null | undefined;
}

/** An operation that may run, with its cost; or what is wrong with it, in errors that are still to be formatted. */
export type AdmittedOperation =
  | { readonly document: DocumentNode; readonly cost: number; readonly errors: null }
  | { readonly errors: readonly unknown[] };

/** Parses, validates and checks an operation for a door that has no pipeline of its own, such as the socket. Never throws. */
export function admitOperation({ schema, query, variables, operationName }: SentOperation, allowance: Allowance): AdmittedOperation {
  let document: DocumentNode;
  try {
    document = parseDocument(query, allowance.policy);
  } catch (error) {
    return { errors: [error] };
  }
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { errors: invalid };
  if (!getOperationAST(document, operationName)) return { errors: [noSuchOperation(operationName)] };
  const { errors, cost } = checkDocument({ schema, document, variables, operationName }, allowance);
  return errors.length > 0 ? { errors } : { document, cost, errors: null };
}

/** The operation that an empty name chooses is the only one, as with no name at all. */
export const operationNameOf = (name: string | null | undefined): string | null => (name === '' ? null : (name ?? null));

/** The error of a name that no operation of the document has, or of a missing name. */
export function noSuchOperation(name: string | null | undefined): InvalidInput {
  return new InvalidInput(name ? `The document has no operation named "${name}".` : 'The document has several operations. Name one of them in operationName.');
}
