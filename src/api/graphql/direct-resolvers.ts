import { isObjectType, type GraphQLField, type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

type Metadata = ReturnType<typeof getMetadataStorage>;
type ResolverMetadata = Metadata['queries'][number] | Metadata['fieldResolvers'][number];
type ParamMetadata = NonNullable<ResolverMetadata['params']>[number];
type Given = Parameters<GraphQLFieldResolver<unknown, unknown>>;
/** Reads one parameter of a resolver's method from what graphql-js hands out. */
type ReadParam = (given: Given) => unknown;
type Method = (...params: unknown[]) => unknown;

/**
 * Lets queries and fields call their resolver's method directly. type-graphql's own way sorts and copies the parameters at each call,
 * makes an instance of every argument, and awaits a validation that is switched off here. What it does beyond that for a
 * resolver (middlewares, roles, converted roots, parameters of its own making) stays its own. `resolvers`: the classes that the schema was built of.
 */
export function resolveDirectly(schema: GraphQLSchema, resolvers: readonly unknown[]): void {
  const { queries, fieldResolvers, objectTypes } = getMetadataStorage();
  const instances = new Map<unknown, object>();
  const [query, names] = [schema.getQueryType(), new Map(objectTypes.map(({ target, name }) => [target as unknown, name]))];
  const built = new Set(resolvers);
  for (const resolver of queries) if (built.has(resolver.target)) direct(query, resolver, instances);
  for (const resolver of fieldResolvers) {
    const type = schema.getType(names.get(resolver.getObjectType?.()) ?? '');
    const isOwn = resolver.kind === 'internal';
    if (isObjectType(type) && (isOwn || built.has(resolver.target))) direct(type, resolver, isOwn ? null : instances);
  }
}

/** `instances`: of resolver classes; null for a method of the row's own class. */
function direct(type: GraphQLObjectType | null | undefined, { target, methodName, schemaName, params = [], roles, middlewares = [] }: ResolverMetadata, instances: Map<unknown, object> | null): void {
  const field: GraphQLField<unknown, unknown> | undefined = type?.getFields()[schemaName];
  const method: unknown = Reflect.get(target.prototype as object, methodName);
  const readers = params.toSorted((one, other) => one.index - other.index).map(readerOf);
  if (!field?.resolve || typeof method !== 'function' || roles || middlewares.length > 0 || readers.includes(null)) return;
  let self: object | null = null;
  if (instances) {
    self = instances.get(target) ?? (Reflect.construct(target, []) as object);
    instances.set(target, self);
  }
  field.resolve = (...given) => (method as Method).apply(self ?? given[0], (readers as ReadParam[]).map((read) => read(given)));
}

function readerOf(param: ParamMetadata): ReadParam | null {
  switch (param.kind) {
    case 'root':
      return param.propertyName === undefined && !param.getType ? ([root]) => root : null;
    case 'context':
      return param.propertyName === undefined ? ([, , context]) => context : null;
    case 'info':
      return ([, , , info]) => info;
    case 'arg':
      return ([, args]) => (args as Record<string, unknown>)[param.name];
    case 'args': {
      const fields = fieldsOf(param.getType());
      return ([, args]) => Object.fromEntries(fields.flatMap((name) => ((args as Record<string, unknown>)[name] === undefined ? [] : [[name, (args as Record<string, unknown>)[name]]])));
    }
    default:
      return null;
  }
}

/** The names of the arguments that a class declares, those of the classes that it extends included. */
function fieldsOf(declared: unknown): string[] {
  if (typeof declared !== 'function' || declared === Function.prototype) return [];
  const own = getMetadataStorage().argumentTypes.find(({ target }) => target === declared)?.fields ?? [];
  return [...own.map(({ name }) => name), ...fieldsOf(Object.getPrototypeOf(declared))];
}
