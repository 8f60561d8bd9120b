import { GraphQLBoolean, GraphQLError, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType, type GraphQLLeafType } from 'graphql';
import { JsonText } from '../../platform/exact-json.ts';
import type { AnswerBytes } from './answer-bytes.ts';

/** Writes a value of a leaf type as JSON; throws for a value that the type refuses. */
export type WriteLeaf = (out: AnswerBytes, value: unknown) => void;

const largestInt = 2 ** 31 - 1;

/** How values of a leaf type are written: as JSON of what the type's own `serialize` returns, without calling it where the value is in its usual form. */
export function leafWriter(type: GraphQLLeafType): WriteLeaf {
  const serialized: WriteLeaf = (out, value) => {
    const result = type.serialize(value);
    if (typeof result === 'string') return out.string(result);
    if (result instanceof JsonText) return out.json(result.compact);
    const text: unknown = result === null || result === undefined ? undefined : JSON.stringify(result);
    if (typeof text !== 'string') throw new GraphQLError(`A value of ${type.name} cannot be shown as JSON.`);
    out.json(text);
  };
  if (type === GraphQLString || type === GraphQLID) return (out, value) => (typeof value === 'string' ? out.string(value) : serialized(out, value));
  if (type === GraphQLBoolean) return (out, value) => (typeof value === 'boolean' ? out.ascii(value ? 'true' : 'false') : serialized(out, value));
  if (type === GraphQLInt) return (out, value) => (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= largestInt ? out.ascii(`${value}`) : serialized(out, value));
  if (type === GraphQLFloat) return (out, value) => (typeof value === 'number' && Number.isFinite(value) ? out.ascii(`${value}`) : serialized(out, value));
  if (!isEnumType(type)) return serialized;
  const names = new Map(type.getValues().map(({ value, name }) => [value as unknown, name]));
  return (out, value) => {
    const name = names.get(value);
    if (name === undefined) serialized(out, value);
    else out.string(name);
  };
}
