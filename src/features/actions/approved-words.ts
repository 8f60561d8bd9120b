import { subjectsById, type Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { openContent } from './action-content.ts';
import type { ApprovedAction } from './action-kind.ts';
import { frozenByVersion } from './action.queries.ts';

/** The words of an action and its frozen record, as they are now. */
export async function approvedWords(work: Work, seal: Seal, { id, evidenceVersion, subjectId }: ApprovedAction['action']): Promise<Pick<ApprovedAction, 'frozen' | 'subject' | 'content'>> {
  const [frozen = null] = await work.rows(frozenByVersion, [work.tenantId, id, evidenceVersion]);
  const subject = (await subjectsById(work, seal, [subjectId])).get(subjectId) ?? null;
  return { frozen, subject, content: subject && frozen ? openContent(seal, frozen.wrappedKey, frozen.draftSealed) : null };
}
