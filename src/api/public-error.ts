import { LimitExceeded, ProductError, type ErrorCode } from '../platform/errors.ts';

/** What a caller is told of a failure, whatever door it shows up at. */
export interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where in the input the fault is, outermost first; empty when it is not about one place. */
  readonly path: readonly string[];
  /** Seconds after which trying again makes sense; null when waiting does not help or nobody knows. */
  readonly retryAfterSeconds: number | null;
  /** The HTTP status that says the same. */
  readonly status: number;
}

/** What is told to the log of a failure that callers cannot mend. */
export interface Failure {
  readonly error: unknown;
  readonly code: ErrorCode;
  readonly requestId: string;
}

/** Says what a caller may know of an error. */
export type Disclose = (error: unknown, requestId: string) => PublicError;

const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  SUPPRESSED: 422,
  LIMIT_EXCEEDED: 429,
  UNAVAILABLE: 503,
  STORAGE_FULL: 507,
  INTERNAL_SERVER_ERROR: 500,
};

/** The HTTP status of a code; an exceeded limit that waiting does not mend is 400 and not 429. */
export function statusOf({ code, retryAfterSeconds }: Pick<PublicError, 'code' | 'retryAfterSeconds'>): number {
  return code === 'LIMIT_EXCEEDED' && retryAfterSeconds === null ? 400 : statusOfCode[code];
}

/**
 * The one place that decides what of an error leaves the system: the product's own errors as they are, what the HTTP
 * server says of a malformed request, and of anything else only the request id. What callers cannot mend is logged,
 * each error once however often it is shown.
 */
export function createDisclosure(log: (failure: Failure) => void): Disclose {
  const logged = new WeakSet<object>();
  const report = (failure: Failure): void => {
    const { error } = failure;
    if (typeof error === 'object' && error !== null) {
      if (logged.has(error)) return;
      logged.add(error);
    }
    log(failure);
  };
  return (error, requestId) => {
    const known = error instanceof ProductError ? ofProduct(error) : ofRequest(error);
    const told = known ?? hidden(requestId);
    if (told.code === 'INTERNAL_SERVER_ERROR' || told.code === 'UNAVAILABLE' || told.code === 'STORAGE_FULL') report({ error, code: told.code, requestId });
    return told;
  };
}

function hidden(requestId: string): PublicError {
  const message = `Something went wrong on our side. If it happens again, report it with the request id ${requestId}.`;
  return { code: 'INTERNAL_SERVER_ERROR', message, path: [], retryAfterSeconds: null, status: 500 };
}

function ofProduct(error: ProductError): PublicError | null {
  const { code, message, inputPath: path } = error;
  if (code === 'INTERNAL_SERVER_ERROR') return null;
  const retryAfterSeconds = error instanceof LimitExceeded ? error.retryAfterSeconds : null;
  return { code, message, path, retryAfterSeconds, status: statusOf({ code, retryAfterSeconds }) };
}

/** Fastify's own refusals of a request. Other errors that carry a status, such as a vendor's, are not about the caller. */
function ofRequest(error: unknown): PublicError | null {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return null;
  const { code: name, statusCode: status } = error;
  if (typeof name !== 'string' || !name.startsWith('FST_') || typeof status !== 'number' || status < 400 || status > 499) return null;
  const code: ErrorCode = status === 413 ? 'LIMIT_EXCEEDED' : status === 404 ? 'NOT_FOUND' : 'BAD_USER_INPUT';
  return { code, message: refusals[name] ?? (status === 404 ? 'There is nothing at this address.' : 'The request cannot be read.'), path: [], retryAfterSeconds: null, status };
}

/** In our words: the server's own repeat what was sent. */
const refusals: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON: send it with "Content-Type: application/json".',
  FST_ERR_CTP_EMPTY_TYPE: 'The body must be JSON: send it with "Content-Type: application/json".',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this server takes. Send less at a time.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its Content-Length says.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body must be JSON, and it is empty.',
};
