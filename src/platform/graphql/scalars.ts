import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { exactJson, exactNumber } from '../exact-json.ts';

const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 instant into its one form, UTC with milliseconds and `Z`; null for anything else. */
export function parseInstant(text: string): string | null {
  if (!rfc3339.test(text)) return null;
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) return null;
  // 2026-02-30 would roll over into March; what was written must be a day that exists.
  if (!isDay(text.slice(0, 10))) return null;
  const utc = instant.toISOString();
  // An offset may lead out of the years 1 to 9999, the ones that this form and the database have in common.
  return utc.length === 24 && utc >= '0001' ? utc : null;
}

/** Whether a text is a calendar day that exists, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
}

function scalarOfText(name: string, description: string, read: (text: string) => string | null, example: string): GraphQLScalarType<string, string> {
  const parse = (value: unknown, node?: ValueNode): string => {
    const instant = typeof value === 'string' ? read(value) : null;
    // With its node, a literal's error says where in the document it is.
    if (instant === null) throw new GraphQLError(`${name} must be written like ${example}.`, { nodes: node ?? null });
    return instant;
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    // Rows carry the text already in this form; it is not taken apart again for every field of every row.
    serialize: (value) => (value instanceof Date ? value.toISOString() : String(value)),
    parseValue: (value) => parse(value),
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null, node),
  });
}

/** An instant. */
export const DateTime = scalarOfText(
  'DateTime',
  'An instant in UTC, RFC 3339 with milliseconds and `Z`: `2026-11-21T09:30:00.000Z`. Other offsets are accepted and converted.',
  parseInstant,
  '2026-11-21T09:30:00Z',
);

/** A calendar day. */
export const Day = scalarOfText('Date', 'A calendar day without a time: `2026-11-21`.', (text) => (isDay(text) ? text : null), '2026-11-21');

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** A JSON literal; its numbers stay as they are written in the document. */
function literalJson(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      return exactNumber(node.value);
    case Kind.LIST:
      return node.values.map((value) => literalJson(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, literalJson(value, variables)]));
    case Kind.VARIABLE:
      return exactJson(variables?.[node.name.value]);
    default:
      return valueFromASTUntyped(node);
  }
}

/** Any JSON value. */
export const Json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value. Numbers keep every digit as they were received; a JavaScript client reads more than 15 digits with a reader that keeps them.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  parseValue: exactJson,
  parseLiteral: literalJson,
});

function checkObject(value: unknown, node?: ValueNode): object {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw new GraphQLError('JSONObject must be a JSON object.', { nodes: node ?? null });
}

/** A JSON object. */
export const JsonObject = new GraphQLScalarType<object, object>({
  name: 'JSONObject',
  description: 'A JSON object. Numbers keep every digit as they were received; a JavaScript client reads more than 15 digits with a reader that keeps them.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => checkObject(value),
  parseValue: (value) => checkObject(exactJson(value)),
  parseLiteral: (node, variables) => checkObject(node.kind === Kind.OBJECT ? literalJson(node, variables) : null, node),
});
