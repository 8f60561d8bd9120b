import { coerceInputValue, isInputType, type GraphQLSchema } from 'graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { ReadInput } from '../../features/connectors/index.ts';

/** Reads values from outside as the graph's input types have them, so that REST and GraphQL take the same items. */
export function createInputReader(schema: GraphQLSchema): ReadInput {
  return (name, value, path) => {
    const type = schema.getType(name);
    if (!type || !isInputType(type)) throw new Error(`the graph has no input type ${name}`);
    return coerceInputValue(value, type, (at, _invalid, error) => {
      throw new InvalidInput(error.message, [...path, ...at.map(String)]);
    });
  };
}
