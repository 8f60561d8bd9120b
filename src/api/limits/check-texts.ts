import { Kind, OperationTypeNode, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { checkStorable, isStorableText, unstorableText } from '../../platform/storable-text.ts';

/** Documents whose literals were looked through, with the fault that was found. */
const literals = new WeakMap<DocumentNode, InvalidInput | null>();

/**
 * The fault of a query or subscription that has a text which cannot be stored, and so cannot be looked for; null where
 * there is none. Mutations judge their input row by row, and say so in their typed results.
 */
export function textFault(document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>> | null | undefined): InvalidInput | null {
  if (operation.operation === OperationTypeNode.MUTATION) return null;
  const known = literals.get(document);
  const literal = known === undefined ? literalFault(document) : known;
  if (known === undefined) literals.set(document, literal);
  if (literal) return literal;
  try {
    checkStorable(variables ?? {}, []);
    return null;
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
}

function literalFault(document: DocumentNode): InvalidInput | null {
  let fault: InvalidInput | null = null;
  visit(document, {
    [Kind.STRING]: {
      enter({ value }) {
        if (!isStorableText(value)) fault = new InvalidInput(unstorableText);
      },
    },
  });
  return fault;
}
