/** What whoever decides is told about evidence that changed: for people at a page, so in words that need no knowledge of the API. */
export function changedMessage({ status, endReason }: { readonly status: string; readonly endReason: string | null }): string {
  if (status === 'CANCELLED' && endReason === 'ADDRESS_CHANGED') return 'The contact no longer has the address that this is written to. The action is cancelled.';
  if (status === 'CANCELLED' && endReason === 'CONTACT_MOVED') return 'The contact is no longer of this account. The action is cancelled.';
  if (status === 'CANCELLED' && endReason === 'RECORD_GONE') return 'The opportunity is no longer there. The action is cancelled.';
  if (status === 'CANCELLED' && endReason === 'RECORD_MOVED') return 'The opportunity is of another account now. The action is cancelled.';
  if (status === 'CANCELLED') return 'The consent it rested on no longer holds. The action is cancelled.';
  if (status === 'STALE') return 'The account\'s intent is no longer high. The action is stale.';
  return 'What you saw is no longer so. Look at what changed, then decide again.';
}

/** What whoever comes late is told. */
export function decidedMessage({ status }: { readonly status: string }): string {
  return `The action no longer waits for a decision: it is ${status}.`;
}
