import { createUnionType, Field, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { Conflict, Forbidden, InvalidInput, LimitExceeded, NotFound, ProductError, Suppressed } from '../errors.ts';
import { Shows } from './shows.ts';

/** The codes of expected failures. */
export enum UserErrorCode {
  BAD_USER_INPUT = 'BAD_USER_INPUT',
  FORBIDDEN = 'FORBIDDEN',
  NOT_FOUND = 'NOT_FOUND',
  CONFLICT = 'CONFLICT',
  SUPPRESSED = 'SUPPRESSED',
  LIMIT_EXCEEDED = 'LIMIT_EXCEEDED',
}

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'Why a mutation did not do what was asked.',
  valuesConfig: {
    BAD_USER_INPUT: { description: 'The input cannot be taken as it is; `path` says where.' },
    FORBIDDEN: { description: 'The caller is known, but has no role that allows this.' },
    NOT_FOUND: { description: 'Nothing of that id in the tenant.' },
    SUPPRESSED: { description: 'The data is about a person on the suppression list; nothing was stored.' },
    CONFLICT: { description: 'The present state does not allow this.' },
    LIMIT_EXCEEDED: { description: 'More than a stated limit.' },
  },
});

/** An expected failure of a mutation. */
@InterfaceType('UserError', { description: 'An expected failure of a mutation: nothing was changed.' })
export abstract class UserError {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'What is wrong and what to do about it, in English.' })
  message!: string;

  @Field(() => UserErrorCode, { description: 'A stable code to branch on.' })
  code!: UserErrorCode;

  @Shows('SYSTEM')
  @Field(() => [String], { description: 'Where in the input the fault is, outermost first; empty when it is not about one place.' })
  path!: string[];
}

function errorType(name: string, description: string): new () => UserError {
  @ObjectType(name, { implements: UserError, description, simpleResolvers: true })
  class ErrorType extends UserError {}
  return ErrorType;
}

/** The input cannot be taken. */
export const InvalidInputError = errorType('InvalidInputError', 'The input cannot be taken as it is.');
/** The caller may not. */
export const ForbiddenError = errorType('ForbiddenError', 'The caller has no role that allows this.');
/** There is no such thing. */
export const NotFoundError = errorType('NotFoundError', 'Nothing of that id in the tenant.');
/** Not in this state. */
export const ConflictError = errorType('ConflictError', 'The present state does not allow this.');
/** About somebody who was erased; results of mutations that take in data from sources list it. */
export const SuppressedError = errorType('SuppressedError', 'The data is about a person who was erased and is on the suppression list. Nothing was stored.');
/** Too much. */
export const LimitExceededError = errorType('LimitExceededError', 'More than a stated limit.');

const errorTypes = [InvalidInputError, ForbiddenError, NotFoundError, ConflictError, LimitExceededError] as const;

/** A union of a mutation's own results and every expected failure. */
export function resultUnion(name: string, description: string, results: readonly (new () => object)[]): object {
  return createUnionType({ name, description, types: () => [...results, ...errorTypes] as const });
}

/** An expected failure as a row of its GraphQL type; null for one that is unexpected and must be thrown. */
export function toUserError(error: unknown): (UserError & { __typename: string }) | null {
  if (!(error instanceof ProductError)) return null;
  const __typename = typeNameOf(error);
  if (!__typename) return null;
  return { __typename, message: error.message, code: error.code as UserErrorCode, path: [...error.inputPath] };
}

function typeNameOf(error: ProductError): string | null {
  if (error instanceof InvalidInput) return 'InvalidInputError';
  if (error instanceof Forbidden) return 'ForbiddenError';
  if (error instanceof NotFound) return 'NotFoundError';
  if (error instanceof Conflict) return 'ConflictError';
  if (error instanceof Suppressed) return 'SuppressedError';
  if (error instanceof LimitExceeded) return 'LimitExceededError';
  return null;
}

/** Runs a mutation's body; an expected failure becomes its typed result. */
export async function typedResult<Result>(body: () => Promise<Result>): Promise<Result | UserError> {
  try {
    return await body();
  } catch (error) {
    const expected = toUserError(error);
    if (expected) return expected;
    throw error;
  }
}
