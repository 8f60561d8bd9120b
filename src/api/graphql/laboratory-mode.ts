import { getNullableType, isUnionType, type GraphQLSchema } from 'graphql';
import { laboratoryMutations } from '../../features/laboratory/graphql.ts';
import { Forbidden } from '../../platform/errors.ts';
import { toUserError } from '../../platform/graphql/user-error.ts';
import { laboratoryMode } from '../../platform/postgres/database.ts';

/** Makes every mutation of a schema but those of the laboratory answer FORBIDDEN: as its typed result where it has one. */
export function refuseProductionMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    if (laboratoryMutations.includes(field.name)) continue;
    const type = getNullableType(field.type);
    const isTyped = isUnionType(type) && type.getTypes().some(({ name }) => name === 'ForbiddenError');
    field.resolve = () => {
      const refusal = new Forbidden(laboratoryMode);
      if (isTyped) return toUserError(refusal);
      throw refusal;
    };
  }
}
