import { GraphQLBoolean, GraphQLError, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType, type GraphQLLeafType } from 'graphql';
import { JsonText } from '../../platform/exact-json.ts';
import { quote } from './answer-text.ts';

/** Writes a value of a leaf type as JSON; throws for a value that the type refuses. */
export type WriteLeaf = (value: unknown) => string;

const largestInt = 2 ** 31 - 1;

/** How values of a leaf type are written: as JSON of what the type's own `serialize` returns, without calling it where the value is in its usual form. */
export function leafWriter(type: GraphQLLeafType): WriteLeaf {
  const serialized: WriteLeaf = (value) => {
    const result = type.serialize(value);
    if (typeof result === 'string') return quote(result);
    if (result instanceof JsonText) return result.text;
    const text: unknown = result === null || result === undefined ? undefined : JSON.stringify(result);
    if (typeof text !== 'string') throw new GraphQLError(`A value of ${type.name} cannot be shown as JSON.`);
    return text;
  };
  if (type === GraphQLString || type === GraphQLID) return (value) => (typeof value === 'string' ? quote(value) : serialized(value));
  if (type === GraphQLBoolean) return (value) => (value === true ? 'true' : value === false ? 'false' : serialized(value));
  if (type === GraphQLInt) return (value) => (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= largestInt ? `${value}` : serialized(value));
  if (type === GraphQLFloat) return (value) => (typeof value === 'number' && Number.isFinite(value) ? `${value}` : serialized(value));
  if (!isEnumType(type)) return serialized;
  const names = new Map(type.getValues().map(({ value, name }) => [value as unknown, quote(name)]));
  return (value) => names.get(value) ?? serialized(value);
}
