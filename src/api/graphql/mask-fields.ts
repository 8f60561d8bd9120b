import { defaultFieldResolver, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { dataClasses, type DataClass } from '../../platform/graphql/shows.ts';
import { masked, masking, sees } from '../../features/access/index.ts';

/** What a field declares by `@Shows`; null where it declares nothing. */
export function shownClass(field: GraphQLField<unknown, unknown>): DataClass | null {
  const declared = field.extensions['shows'];
  return Object.keys(dataClasses).find((name): name is DataClass => name === declared) ?? null;
}

/**
 * Masks fields for callers who do not see their class. Rows of long lists are masked where they are made, by the same
 * table, and declare it; so what is read most has no resolver of its own.
 */
export function maskFields(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const shows = shownClass(field);
      if (shows === null || field.extensions['maskedAtRow'] === true || masking[shows] === 'SHOWN' || masking[shows] === 'REFUSED') continue;
      maskField(field, shows);
    }
  }
}

function maskField(field: GraphQLField<unknown, unknown>, shows: DataClass): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  // Profile values are personal by their definition, which their resolver asks; what is left of them is text.
  const treatment = shows === 'PROFILE_VALUE' ? 'TEXT' : shows;
  field.resolve = (row, args, call, info) => {
    const value: unknown = resolve(row, args, call, info);
    if (sees(call as Call, shows)) return value;
    return value instanceof Promise ? value.then((found) => masked(found, treatment)) : masked(value, treatment);
  };
}
