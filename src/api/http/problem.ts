import type { ErrorCode } from '../../platform/errors.ts';
import type { PublicError } from '../public-error.ts';

/** An error as REST doors send it. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: { readonly code: ErrorCode; readonly message: string; readonly path: readonly string[]; readonly requestId: string };
  };
}

/** Puts an error into the form of REST doors: a status, the headers that go with it, and JSON. */
export function toProblem({ code, message, path, retryAfterSeconds, status }: PublicError, requestId: string): Problem {
  return {
    status,
    headers: {
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    // Use cases call what they are given "input", after the graph's argument; a REST caller's body has no such member.
    body: { error: { code, message, path: path[0] === 'input' ? path.slice(1) : path, requestId } },
  };
}
