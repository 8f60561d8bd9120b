import type { Id } from '../../platform/ids.ts';
import { openMentions, stayingIn, type Mentions } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { portions, portionSize } from '../../platform/postgres/portions.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { cancelUnsent } from './cancel-actions.ts';
import { lockActions } from './change-action.ts';
import { openContent, sealContent, type ActionContent } from './action-content.ts';
import { actionKindOf } from './action-kinds.ts';
import type { ActionType } from './enums.ts';

interface SealedDraft {
  readonly id: string;
  readonly actionId: string;
  readonly type: ActionType;
  readonly accountId: Id<'Account'> | null;
  readonly subjectId: Id<'Subject'>;
  readonly draft: Buffer;
  readonly reasoning: Buffer;
  readonly wrapped: Buffer;
  readonly frozenAt: string;
  /** Whether it is the version that would be sent. */
  readonly isLatest: boolean;
}

interface SealedRemark {
  readonly id: string;
  readonly accountId: Id<'Account'> | null;
  readonly subjectId: Id<'Subject'>;
  readonly remark: Buffer;
  readonly wrapped: Buffer;
  readonly decidedAt: string;
}

const draftsWhere = (which: string): string =>
  `select e.id, t.id as "actionId", t.type, t.account_id as "accountId", t.subject_id as "subjectId", e.draft_sealed as draft, e.reasoning_sealed as reasoning, k.wrapped_key as wrapped, e.frozen_at as "frozenAt", e.version = t.evidence_version as "isLatest"
   from action_evidence e join action t on t.tenant_id = e.tenant_id and t.id = e.action_id join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id and k.destroyed_at is null
   where e.tenant_id = $1 and ${which} order by e.id`;
const remarksWhere = (which: string): string =>
  `select t.id, t.account_id as "accountId", t.subject_id as "subjectId", t.remark_sealed as remark, k.wrapped_key as wrapped, t.decided_at as "decidedAt"
   from action_decision t join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id and k.destroyed_at is null
   where t.tenant_id = $1 and t.remark_sealed is not null and ${which} order by t.id`;
const drafts = statement<SealedDraft>('drafts_of_person', draftsWhere('t.subject_id = any($2::uuid[])'));
const remarks = statement<SealedRemark>('remarks_of_person', remarksWhere('t.subject_id = any($2::uuid[])'));
const otherDrafts = statement<SealedDraft>('drafts_of_others', `${draftsWhere('t.subject_id <> all($2::uuid[]) and e.id > $3')} limit ${portionSize}`);
const otherRemarks = statement<SealedRemark>('remarks_of_others', `${remarksWhere('t.subject_id <> all($2::uuid[]) and t.id > $3')} limit ${portionSize}`);
const rewriteDrafts = statement('erase_from_drafts', 'select erase_from_drafts($1::uuid[], $2::bytea[], $3::bytea[])');
const rewriteRemarks = statement('erase_from_remarks', 'select erase_from_remarks($1::uuid[], $2::bytea[])');

type Near = Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>;

const openedDraft = (seal: Seal, row: SealedDraft) => ({ ...row, clear: openContent(seal, row.wrapped, row.draft), why: seal.open(row.wrapped, row.reasoning) ?? '' });
type OpenDraft = ReturnType<typeof openedDraft>;
const openedRemark = (seal: Seal, row: SealedRemark) => ({ ...row, clear: seal.open(row.wrapped, row.remark) ?? '' });
type OpenRemark = ReturnType<typeof openedRemark>;

/** Drafts and remarks that are the person's. */
async function own({ sql, tenantId, seal }: Near, person: Person) {
  const asked = [tenantId, [...person.subjects.keys()]];
  return { drafts: (await sql.rows(drafts, asked)).map((row) => openedDraft(seal, row)), remarks: (await sql.rows(remarks, asked)).map((row) => openedRemark(seal, row)) };
}

/** Drafts that are addressed to others, in whatever account; a portion at a time. */
async function* draftsOfOthers({ sql, tenantId, seal }: Near, person: Person): AsyncGenerator<OpenDraft[]> {
  for await (const rows of portions(sql, otherDrafts, [tenantId, [...person.subjects.keys()]])) {
    yield rows.map((row) => openedDraft(seal, row));
  }
}

/** Such remarks. */
async function* remarksOfOthers({ sql, tenantId, seal }: Near, person: Person): AsyncGenerator<OpenRemark[]> {
  for await (const rows of portions(sql, otherRemarks, [tenantId, [...person.subjects.keys()]])) {
    yield rows.map((row) => openedRemark(seal, row));
  }
}

/** The free texts of an action's content. */
const wordsOf = ({ type, clear }: OpenDraft): Readonly<Record<string, string>> => Object.fromEntries(actionKindOf(type).texts.map((field) => [field, clear?.[field] ?? '']));
const draftTexts = (row: OpenDraft): Readonly<Record<string, string>> => ({ ...wordsOf(row), reasoning: row.why });
const remarkTexts = ({ clear }: OpenRemark) => ({ remark: clear });
const namesIn = (person: Person, row: OpenDraft | OpenRemark, texts: Readonly<Record<string, string>>): boolean => Object.values(texts).some((text) => person.isNamedIn(text, row));

const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
const accounts = (rows: readonly { readonly accountId: Id<'Account'> | null }[]): Id<'Account'>[] => rows.flatMap(({ accountId }) => accountId ?? []);

/** Actions: drafts, reasoning and remarks addressed to the person go with the key; those to others lose their name. */
export const actionPlace: PersonalPlace = {
  name: 'actions',
  async find(scope, person) {
    const { seal } = scope;
    const found = await own(scope, person);
    const [written, said] = [openMentions(seal), openMentions(seal)];
    const gather = (mentions: Mentions, row: OpenDraft | OpenRemark, texts: Readonly<Record<string, string>>): void => {
      if (namesIn(person, row, texts)) mentions.add(row, Object.entries(texts).map(([field, before]) => ({ field, before, after: person.without(before, row) })));
      mentions.addStaying(row, stayingIn(person, row, texts));
    };
    for await (const rows of draftsOfOthers(scope, person)) for (const row of rows) gather(written, row, draftTexts(row));
    for await (const rows of remarksOfOthers(scope, person)) for (const row of rows) gather(said, row, remarkTexts(row));
    return [
      { kind: 'ACTION_DRAFT', ids: ids(found.drafts), kept: false, reason: 'Draft and reasoning go with the key, in every version; that something was proposed and decided stays.', accountIds: accounts(found.drafts) },
      { kind: 'ACTION_REMARK', ids: ids(found.remarks), kept: false, reason: 'What was said when it was decided goes with the key.', accountIds: accounts(found.remarks) },
      { kind: 'ACTION_DRAFT_MENTION', ...written.held(), kept: true, reason: 'It is addressed to somebody else, and stays; [erased] is put where it names the person. What was not sent yet is cancelled.' },
      { kind: 'ACTION_REMARK_MENTION', ...said.held(), kept: true, reason: 'It is about somebody else, and stays; [erased] is put where it names the person.' },
    ];
  },
  async erase(work, seal, person) {
    const scope = { sql: work, tenantId: work.tenantId, seal };
    const without = (row: OpenDraft): ActionContent => {
      const words = Object.entries(wordsOf(row)).filter(([field]) => typeof row.clear?.[field] === 'string');
      return { ...row.clear, ...Object.fromEntries(words.map(([field, text]) => [field, person.without(text, row)])) };
    };
    const spoilt = new Set<string>();
    for await (const every of draftsOfOthers(scope, person)) {
      const rows = every.filter((row) => namesIn(person, row, draftTexts(row)));
      if (rows.length === 0) continue;
      for (const row of rows) if (row.isLatest && Object.values(wordsOf(row)).some((text) => person.isNamedIn(text, row))) spoilt.add(row.actionId);
      const sealed = rows.map((row) => sealContent(seal, { key: seal.unwrap(row.wrapped) }, without(row)));
      await work.rows(rewriteDrafts, [ids(rows), sealed, rows.map((row) => seal.seal(seal.unwrap(row.wrapped), person.without(row.why, row)))]);
    }
    // Nobody is sent a letter with holes, and nobody approved one.
    if (spoilt.size > 0) await cancelUnsent(work, await lockActions(work, [...spoilt]), () => ({ reason: 'NAMES_ERASED_PERSON', inputs: {} }));
    for await (const every of remarksOfOthers(scope, person)) {
      const rows = every.filter((row) => namesIn(person, row, remarkTexts(row)));
      if (rows.length > 0) await work.rows(rewriteRemarks, [ids(rows), rows.map((row) => seal.seal(seal.unwrap(row.wrapped), person.without(row.clear, row)))]);
    }
  },
  async disclose(scope, person) {
    const found = await own(scope, person);
    const show = ({ actionId, accountId, clear, why, frozenAt }: OpenDraft) => ({ actionId, accountId, ...clear, reasoning: why, frozenAt });
    const tell = ({ id, accountId, clear, decidedAt }: OpenRemark) => ({ id, accountId, remark: clear, decidedAt });
    const [written, said, open]: [object[], object[], object[]] = [[], [], []];
    for await (const rows of draftsOfOthers(scope, person)) {
      for (const row of rows) {
        if (namesIn(person, row, draftTexts(row))) written.push(show(row));
        for (const text of stayingIn(person, row, draftTexts(row))) open.push({ kind: 'action_draft', id: row.id, accountId: row.accountId, ...text });
      }
    }
    for await (const rows of remarksOfOthers(scope, person)) {
      for (const row of rows) {
        if (namesIn(person, row, remarkTexts(row))) said.push(tell(row));
        for (const text of stayingIn(person, row, remarkTexts(row))) open.push({ kind: 'action_remark', id: row.id, accountId: row.accountId, ...text });
      }
    }
    return { actionDrafts: found.drafts.map(show), actionRemarks: found.remarks.map(tell), actionDraftMentions: written, actionRemarkMentions: said, possibleActionMentions: open };
  },
};
