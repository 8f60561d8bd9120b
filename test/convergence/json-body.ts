import type { Part } from './history.ts';

/** What is said, as the documented JSON that any system may send. */
export function jsonBodyOf(parts: readonly Part[]): object {
  const [accounts, signals, deletions]: [object[], object[], object[]] = [[], [], []];
  const records: Record<string, object[]> = {};
  for (const part of parts) {
    if (part.kind === 'signal') signals.push({ account: { externalRef: part.account }, type: part.type, source: part.source, sourceEventId: part.event, occurredAt: part.at, payload: {} });
    else if (part.kind === 'deletion') deletions.push({ type: part.type, externalRef: part.ref, source: part.source, occurredAt: part.at });
    else {
      const said = { externalRef: part.ref, source: part.source, mode: part.mode, occurredAt: part.at, modifiedAt: part.modifiedAt, ...part.fields };
      if (part.kind === 'account') accounts.push(said);
      else (records[part.plural] ??= []).push({ account: { externalRef: part.account }, ...said });
    }
  }
  return { ...(accounts.length > 0 ? { accounts } : {}), records, ...(signals.length > 0 ? { signals } : {}), ...(deletions.length > 0 ? { deletions } : {}) };
}
