/** The persistent context of a session, as it is copied to a vendor. */
export interface ContextCopy {
  /** Without nulls. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys that were cleared: the copy says so, so that their values do not come back from it. */
  readonly cleared: readonly string[];
}

/** The copies of session contexts that a vendor keeps with its contacts. Every method throws `VendorFault`. */
export interface ContextCopies {
  /** The values that the vendor has of a contact, as exact JSON without nulls; null where it has no such contact. */
  read(contactId: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** States a copy completely: keys that it does not name are left as they are. Returns false where the vendor has no such contact. May be repeated. */
  write(contactId: string, copy: ContextCopy): Promise<boolean>;
  /** Clears every value that the vendor keeps there. Returns false where it has no such contact. May be repeated. */
  clear(contactId: string): Promise<boolean>;
}
