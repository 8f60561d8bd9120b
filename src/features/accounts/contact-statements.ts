import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { foldStatements, precedenceInForce, statementColumns, type FoldRules, type SourceStatement, type StoredStatement } from '../sources/index.ts';
import { contacts } from './contact.ts';
import { nameKey } from './name-key.ts';
import { openStatement } from './stated-kind.ts';

type SubjectId = Id<'Subject'>;

/** What was said of a contact, in the clear, with whose it is. */
export interface OwnedStatement extends SourceStatement {
  readonly isCurrent: boolean;
  /** The person that it is about: of its address; where it says none, whoever the contact was then. Null where nobody tells. */
  readonly ownerId: SubjectId | null;
  /** The name that it states, or that the contact had then, in its one form; null where none was known. */
  readonly calledThen: string | null;
}

/** A contact with those merged into it, and everything that was ever said of them. */
export interface StatedContact {
  readonly rootId: string;
  readonly statements: readonly OwnedStatement[];
  /** By node: who it is by now. */
  readonly present: ReadonlyMap<string, SubjectId | null>;
}

const ofSubjects = statement<StoredStatement & { readonly rootId: string; readonly isCurrent: boolean }>(
  'contact_statements_of_subjects',
  `with own as (
     select node_id as id from source_statement where tenant_id = $1 and subject_id = any($2::uuid[]) and node_type = 'Contact'
     union select id from contact where tenant_id = $1 and subject_id = any($2::uuid[])
     union select id from contact_history where tenant_id = $1 and subject_id = any($2::uuid[])),
   root as (select distinct coalesce(i.survivor_id, own.id) as id from own left join node_identity i on i.tenant_id = $1 and i.id = own.id),
   member as (select id as root, id from root union select root.id, i.id from root join node_identity i on i.tenant_id = $1 and i.survivor_id = root.id)
   select m.root as "rootId", s.is_current as "isCurrent", ${statementColumns} from member m join source_statement s on s.tenant_id = $1 and s.node_id = m.id and s.node_type = 'Contact'
   left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id order by m.root, s.id`,
);

/** The contacts that some people are or were, each with everything that was said of it and whose that is. At most two statements. */
export async function contactStatements(sql: Sql, tenantId: string, { seal, subjectIds }: { readonly seal: Seal; readonly subjectIds: readonly SubjectId[] }): Promise<StatedContact[]> {
  const rows = await sql.rows(ofSubjects, [tenantId, subjectIds]);
  if (rows.length === 0) return [];
  const rules: FoldRules = { nodeType: contacts.type, fields: [...contacts.fields.keys()], precedence: await precedenceInForce(sql, tenantId), ownTime: false };
  return [...Map.groupBy(rows, ({ rootId }) => rootId)].map(([rootId, stored]) => {
    const opened = stored.map((row) => ({ ...openStatement(contacts, row, seal), isCurrent: row.isCurrent })).toSorted(byTime);
    const statements = opened.map((each): OwnedStatement => ({ ...each, ownerId: ownerOf(each, opened), calledThen: nameThen(each, opened) }));
    const present = [...Map.groupBy(statements, ({ nodeId }) => nodeId)].map(([nodeId, own]): [string, SubjectId | null] => [nodeId, presentOwner(own, rules)]);
    return { rootId, statements, present: new Map(present) };
  });
}

type Stated = SourceStatement & { readonly isCurrent: boolean };

const instantOf = ({ modifiedAt, occurredAt }: SourceStatement): string => modifiedAt ?? occurredAt;
const byTime = (one: Stated, other: Stated): number => (instantOf(one) < instantOf(other) ? -1 : instantOf(one) > instantOf(other) ? 1 : one.recordedAt < other.recordedAt ? -1 : one.recordedAt > other.recordedAt ? 1 : 0);
const textIn = ({ fields }: SourceStatement, field: string): string | null => (typeof fields[field] === 'string' ? fields[field] : null);

/** Of statements in order, the one that tells best what held when another was made: before it rather than after, of its node and source rather than of others. */
function nearest(to: Stated, telling: readonly Stated[]): Stated | null {
  for (const among of [telling.filter(({ nodeId, source }) => nodeId === to.nodeId && source === to.source), telling.filter(({ nodeId }) => nodeId === to.nodeId), telling]) {
    const found = among.findLast((each) => byTime(each, to) <= 0) ?? among[0];
    if (found) return found;
  }
  return null;
}

function ownerOf(own: Stated, all: readonly Stated[]): SubjectId | null {
  if (textIn(own, 'email') !== null) return own.subjectId as SubjectId | null;
  const addressed = all.filter((each) => textIn(each, 'email') !== null);
  const name = textIn(own, 'name');
  const namesakes = name === null ? [] : addressed.filter((each) => nameKey(nameThenText(each, all) ?? '') === nameKey(name));
  const teller = nearest(own, namesakes) ?? nearest(own, addressed);
  return (teller ?? own).subjectId as SubjectId | null;
}

function nameThenText(own: Stated, all: readonly Stated[]): string | null {
  const stated = textIn(own, 'name');
  if (stated !== null) return stated;
  const teller = nearest(own, all.filter((each) => textIn(each, 'name') !== null));
  return teller && textIn(teller, 'name');
}

function nameThen(own: Stated, all: readonly Stated[]): string | null {
  const name = nameThenText(own, all);
  return name === null ? null : nameKey(name);
}

function presentOwner(own: readonly OwnedStatement[], rules: FoldRules): SubjectId | null {
  const winner = foldStatements(own.filter(({ isCurrent }) => isCurrent), rules).fields.get('email')?.winner;
  return (own.find(({ id }) => id === winner?.statement.id) ?? own.findLast(({ mode }) => mode !== 'RETIRE') ?? own.at(-1))?.ownerId ?? null;
}

/** Whether a statement is about one of some people. */
export function isTheirs({ ownerId, subjectId }: OwnedStatement, people: { has(id: SubjectId): boolean }): boolean {
  return (ownerId !== null && people.has(ownerId)) || (subjectId !== null && people.has(subjectId as SubjectId));
}
