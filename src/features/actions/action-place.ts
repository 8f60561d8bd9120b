import type { Id } from '../../platform/ids.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { openDraft, type Draft } from './draft.ts';

interface SealedDraft {
  readonly id: string;
  readonly actionId: string;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  readonly draft: Buffer;
  readonly reasoning: Buffer;
  readonly wrapped: Buffer;
  readonly frozenAt: string;
}

interface SealedRemark {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  readonly remark: Buffer;
  readonly wrapped: Buffer;
  readonly decidedAt: string;
}

const near = 'subject_id = any($2::uuid[]) or t.account_id = any($3::uuid[])';
const drafts = statement<SealedDraft>(
  'drafts_near_person',
  `select e.id, t.id as "actionId", t.account_id as "accountId", t.subject_id as "subjectId", e.draft_sealed as draft, e.reasoning_sealed as reasoning, k.wrapped_key as wrapped, e.frozen_at as "frozenAt"
   from action t join action_evidence e on e.tenant_id = t.tenant_id and e.action_id = t.id join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id and k.destroyed_at is null
   where t.tenant_id = $1 and (t.${near}) order by e.id`,
);
const remarks = statement<SealedRemark>(
  'remarks_near_person',
  `select t.id, t.account_id as "accountId", t.subject_id as "subjectId", t.remark_sealed as remark, k.wrapped_key as wrapped, t.decided_at as "decidedAt"
   from action_decision t join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id and k.destroyed_at is null
   where t.tenant_id = $1 and t.remark_sealed is not null and (t.${near}) order by t.id`,
);
const rewriteDrafts = statement('erase_from_drafts', 'select erase_from_drafts($1::uuid[], $2::bytea[], $3::bytea[])');
const rewriteRemarks = statement('erase_from_remarks', 'select erase_from_remarks($1::uuid[], $2::bytea[])');

type Near = Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>;

/** Drafts and remarks that are the person's, and those addressed to others that name them. */
async function held({ sql, tenantId, seal }: Near, person: Person) {
  const asked = [tenantId, [...person.subjects.keys()], [...person.accountIds]];
  const isOwn = ({ subjectId }: { readonly subjectId: Id<'Subject'> }): boolean => person.subjects.has(subjectId);
  const written = (await sql.rows(drafts, asked)).map((row) => ({ ...row, clear: openDraft(seal, row.wrapped, row.draft), why: seal.open(row.wrapped, row.reasoning) ?? '' }));
  const said = (await sql.rows(remarks, asked)).map((row) => ({ ...row, clear: seal.open(row.wrapped, row.remark) ?? '' }));
  const named = (accountId: string, ...texts: string[]): boolean => texts.some((text) => person.isNamedIn(text, accountId));
  return {
    own: written.filter(isOwn),
    ownRemarks: said.filter(isOwn),
    mentions: written.filter((row) => !isOwn(row) && named(row.accountId, row.clear?.subject ?? '', row.clear?.body ?? '', row.why)),
    remarkMentions: said.filter((row) => !isOwn(row) && named(row.accountId, row.clear)),
  };
}

const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
const accounts = (rows: readonly { readonly accountId: Id<'Account'> }[]): Id<'Account'>[] => rows.map(({ accountId }) => accountId);

/** Actions: drafts, reasoning and remarks addressed to the person go with the key; those to others lose their name. */
export const actionPlace: PersonalPlace = {
  name: 'actions',
  async find(scope, person) {
    const found = await held(scope, person);
    return [
      { kind: 'ACTION_DRAFT', ids: ids(found.own), kept: false, reason: 'Draft and reasoning go with the key, in every version; that something was proposed and decided stays.', accountIds: accounts(found.own) },
      { kind: 'ACTION_REMARK', ids: ids(found.ownRemarks), kept: false, reason: 'What was said when it was decided goes with the key.', accountIds: accounts(found.ownRemarks) },
      { kind: 'ACTION_DRAFT_MENTION', ids: ids(found.mentions), kept: true, reason: 'It is addressed to somebody else, and stays; [erased] is put where it names the person.', accountIds: accounts(found.mentions) },
      { kind: 'ACTION_REMARK_MENTION', ids: ids(found.remarkMentions), kept: true, reason: 'It is about somebody else, and stays; [erased] is put where it names the person.', accountIds: accounts(found.remarkMentions) },
    ];
  },
  async erase(work, seal, person) {
    const { mentions, remarkMentions } = await held({ sql: work, tenantId: work.tenantId, seal }, person);
    const without = ({ accountId, clear }: { accountId: string; clear: Draft | null }): string => {
      const { to = '', subject = '', body = '' } = clear ?? {};
      return JSON.stringify({ to, subject: person.without(subject, accountId), body: person.without(body, accountId) });
    };
    if (mentions.length > 0) {
      const sealed = mentions.map((row) => seal.seal(seal.unwrap(row.wrapped), without(row)));
      await work.rows(rewriteDrafts, [ids(mentions), sealed, mentions.map(({ wrapped, why, accountId }) => seal.seal(seal.unwrap(wrapped), person.without(why, accountId)))]);
    }
    if (remarkMentions.length > 0) {
      await work.rows(rewriteRemarks, [ids(remarkMentions), remarkMentions.map(({ wrapped, clear, accountId }) => seal.seal(seal.unwrap(wrapped), person.without(clear, accountId)))]);
    }
  },
  async disclose(scope, person) {
    const found = await held(scope, person);
    const show = ({ actionId, accountId, clear, why, frozenAt }: (typeof found.own)[number]) => ({ actionId, accountId, ...clear, reasoning: why, frozenAt });
    const tell = ({ id, accountId, clear, decidedAt }: (typeof found.ownRemarks)[number]) => ({ id, accountId, remark: clear, decidedAt });
    return { actionDrafts: found.own.map(show), actionRemarks: found.ownRemarks.map(tell), actionDraftMentions: found.mentions.map(show), actionRemarkMentions: found.remarkMentions.map(tell) };
  },
};
