import { GraphQLError, OverlappingFieldsCanBeMergedRule, specifiedRules, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { LimitExceeded } from '../../platform/errors.ts';
import { OverlapCheck } from './overlapping-fields.ts';
import type { LimitPolicy } from './policy.ts';
import { SelectionReader } from './selected-fields.ts';

/** Errors of one document reported at most. Each unknown name is compared with all known ones for a suggestion. */
const mostErrors = 10;

const linearRules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

/** What validation found, for as long as its document is kept: a document that is sent again costs nothing. */
const remembered = new WeakMap<DocumentNode, { readonly schema: GraphQLSchema; readonly errors: readonly (GraphQLError | LimitExceeded)[] }>();

/**
 * Validates a document by the specification's rules, in bounded time: all of graphql-js's, but for overlapping fields,
 * which it compares pair by pair. Returns what is wrong; empty when the document is valid.
 */
export function validateDocument(schema: GraphQLSchema, document: DocumentNode, policy: LimitPolicy): readonly (GraphQLError | LimitExceeded)[] {
  const known = remembered.get(document);
  if (known?.schema === schema) return known.errors;
  const errors = findErrors(schema, document, policy);
  remembered.set(document, { schema, errors });
  return errors;
}

function findErrors(schema: GraphQLSchema, document: DocumentNode, policy: LimitPolicy): readonly (GraphQLError | LimitExceeded)[] {
  const errors = findRuleErrors(schema, document);
  if (errors.length > 0) return errors;
  try {
    return new OverlapCheck(new SelectionReader(schema, document), policy.overlapVisits).conflicts();
  } catch (error) {
    if (error instanceof LimitExceeded) return [error];
    throw error;
  }
}

function findRuleErrors(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  try {
    return validate(schema, document, linearRules, { maxErrors: mostErrors });
  } catch (error) {
    // graphql-js counts the root fields of a subscription without the request's variables, and throws at a condition that needs one.
    if (!(error instanceof GraphQLError)) throw error;
    return [new GraphQLError('The root of a subscription must not have @skip or @include with a variable. Put the condition below its field.', { nodes: error.nodes ?? [] })];
  }
}
