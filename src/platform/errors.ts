/**
 * The kinds of failure the product knows. They are plain classes that know no transport; each door has one translator.
 * A message is written for the caller: what is wrong, and what to do about it. It never carries another tenant's data.
 */
export class ProductError extends Error {
  /** The stable code that callers may branch on. */
  readonly code: ErrorCode;
  /**
   * Where in the input the fault is, outermost first; empty when it is not about one place. Not named `path`: graphql-js
   * takes any error with such an array for one whose place in the answer is known, and adds neither path nor location.
   */
  readonly inputPath: readonly string[];

  constructor(code: ErrorCode, message: string, inputPath: readonly string[] = []) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.inputPath = inputPath;
  }
}

/** The closed list of codes in `extensions.code` and in `UserError.code`. */
export const errorCodes = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'SUPPRESSED',
  'LIMIT_EXCEEDED',
  'UNAVAILABLE',
  'STORAGE_FULL',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** The input cannot be taken as it is; the caller must change it. */
export class InvalidInput extends ProductError {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('BAD_USER_INPUT', message, inputPath);
  }
}

/** No caller, or one whose credential is not accepted. */
export class Unauthenticated extends ProductError {
  constructor(message: string) {
    super('UNAUTHENTICATED', message);
  }
}

/** A known caller whose roles do not allow this. */
export class Forbidden extends ProductError {
  constructor(message: string) {
    super('FORBIDDEN', message);
  }
}

/** Nothing of that id in the caller's tenant; also the answer for another tenant's ids. */
export class NotFound extends ProductError {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('NOT_FOUND', message, inputPath);
  }
}

/** The thing's present state does not allow this. */
export class Conflict extends ProductError {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('CONFLICT', message, inputPath);
  }
}

/** The data is about a person who was erased and is on the suppression list; nothing of it was stored. */
export class Suppressed extends ProductError {
  constructor(inputPath: readonly string[] = []) {
    super('SUPPRESSED', 'This is about a person on the suppression list. Nothing was stored. Remove them from the source, or record their explicit new consent first.', inputPath);
  }
}

/** More than a stated limit: size, depth, cost, rate. */
export class LimitExceeded extends ProductError {
  /** Seconds after which trying again makes sense; null when waiting does not help. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, retryAfterSeconds: number | null = null) {
    super('LIMIT_EXCEEDED', message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A part the answer needs is not there now; trying again later may work. */
export class Unavailable extends ProductError {
  constructor(message: string, code: 'UNAVAILABLE' | 'STORAGE_FULL' = 'UNAVAILABLE') {
    super(code, message);
  }
}

/** The database has no disk space left. Nothing of the request was stored; it may be sent again once there is space. */
export class StorageFull extends Unavailable {
  constructor() {
    super('The database has no disk space left, so nothing was stored. Free disk space or enlarge the disk of the database, then send the request again.', 'STORAGE_FULL');
  }
}
