import type { Question } from '../../platform/graphql/call.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { CrmWrite } from './crm-change.type.ts';
import type { UndoStatus } from './enums.ts';

interface RawWrite {
  readonly actionId: string;
  readonly recordType: string;
  readonly externalId: string;
  readonly writtenAt: string;
  readonly undoState: 'DUE' | 'UNDONE' | 'FAILED' | null;
  readonly undoByKind: string | null;
  readonly undoById: string | null;
  readonly requestedAt: string | null;
  readonly reason: string | null;
  readonly undoneAt: string | null;
}

const writes = statement<RawWrite>(
  'crm_writes_of_actions',
  `select action_id as "actionId", written_kind as "recordType", written_id as "externalId", written_at as "writtenAt", undo_state as "undoState", undo_by_kind as "undoByKind", undo_by_id as "undoById",
     undo_requested_at as "requestedAt", undo_reason as reason, undone_at as "undoneAt" from crm_write where tenant_id = $1 and action_id = any($2::uuid[])`,
);
const statuses: Readonly<Record<'DUE' | 'UNDONE' | 'FAILED', UndoStatus>> = { DUE: 'REQUESTED', UNDONE: 'UNDONE', FAILED: 'FAILED' };

/** What executed actions wrote into CRMs; null for the others. */
export const writeOfAction: Question<string, CrmWrite | null> = {
  name: 'crm_writes_of_actions',
  async load(call, ids) {
    const found = new Map((await call.read.rows(writes, [call.tenantId, ids])).map((row) => [row.actionId, toWrite(row)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

function toWrite({ recordType, externalId, writtenAt, undoState, undoByKind, undoById, requestedAt, reason, undoneAt }: RawWrite): CrmWrite {
  const isAsked = undoState !== null && undoByKind !== null && undoById !== null && requestedAt !== null;
  return { recordType, externalId, writtenAt, undo: isAsked ? { status: statuses[undoState], requestedBy: { kind: undoByKind, id: undoById }, requestedAt, reason, undoneAt } : null };
}
