/** Why the embedded server could not be started; callers may branch on it. */
export type EmbeddedFaultReason =
  | 'FOLDER_LOCKED'
  | 'FOLDER_NOT_WRITABLE'
  | 'FOLDER_INCOMPLETE'
  | 'PATH_NOT_REACHABLE'
  | 'OTHER_MAJOR_VERSION'
  | 'NO_BINARIES'
  | 'NO_SERVER_USER'
  | 'SERVER_FAILED';

/** A fault of the machine or its folders, told to whoever started the program: what is wrong, and what to do about it. */
export class EmbeddedFault extends Error {
  readonly reason: EmbeddedFaultReason;
  /** The process that holds the folder; null when that is not the fault, or not known. */
  readonly holder: number | null;

  constructor(reason: EmbeddedFaultReason, message: string, holder: number | null = null) {
    super(message);
    this.name = 'EmbeddedFault';
    this.reason = reason;
    this.holder = holder;
  }
}
