import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { historyImported } from './laboratory.events.ts';
import type { ImportSummary } from './import-history.ts';

const begin = statement('lab_begin_import', `insert into lab.import (tenant_id, id, kind, imported_at, imported_by, rows, taken, refused) values ($1, $2, $3, $4, $5, 0, 0, 0)`);
const end = statement('lab_end_import', 'update lab.import set rows = $3, taken = $4, refused = $5, errors = $6 where tenant_id = $1 and id = $2');

/** Begins an import, to which its rows refer. */
export async function beginImport(work: LabWork, kind: 'OUTCOMES' | 'SIGNALS'): Promise<string> {
  const id = work.newId<'LabImport'>();
  await work.rows(begin, [work.tenantId, id, kind, work.now, work.actor.id]);
  return id;
}

/** Keeps what became of an import. */
export async function endImport(work: LabWork, kind: 'OUTCOMES' | 'SIGNALS', { importId, rows, taken, refused, errors }: ImportSummary): Promise<void> {
  await work.rows(end, [work.tenantId, importId, rows, taken, refused, JSON.stringify(errors)]);
  work.record(historyImported.fact({ accountId: null, data: { importId, kind, rows, taken, refused } }));
}
