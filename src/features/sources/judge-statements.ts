import { canonicalJson } from '../../platform/canonical-json.ts';
import { fieldsSpokenOf, foldStatements, latestClaims, originOf, valueIn, type Folded, type FoldRules } from './fold-statements.ts';
import { occurredField, type SourceStatement } from './source-statement.ts';

/** What became of a statement that was just delivered. */
export type Verdict =
  /** Something in it is the latest that its source said. */
  | 'APPLIED'
  /** Its source said all of it before. */
  | 'KNOWN'
  /** Its source said something later about all that it speaks of. */
  | 'OLDER';

/** The statements of a group of nodes after some more were delivered. */
export interface Judged {
  readonly verdicts: ReadonlyMap<SourceStatement, Verdict>;
  readonly folded: Folded;
  /** Known statements that hold nothing any more. */
  readonly ended: readonly string[];
  /** Every statement that still holds something. */
  readonly current: readonly SourceStatement[];
}

/**
 * Adds statements to what is known of a group of nodes, in the order given. `known` holds what each source last said; an
 * older statement may have been delivered before, which only the store can tell.
 */
export function judgeStatements(known: readonly SourceStatement[], given: readonly SourceStatement[], rules: FoldRules): Judged {
  const verdicts = new Map<SourceStatement, Verdict>();
  const current: SourceStatement[] = [...known];
  let folded = foldStatements(current, rules);
  for (const statement of given) {
    if (saysNothingNew(current, statement, rules)) {
      verdicts.set(statement, 'KNOWN');
      continue;
    }
    const next = foldStatements([...current, statement], rules);
    if (!next.holding.has(statement.id)) {
      verdicts.set(statement, 'OLDER');
      continue;
    }
    verdicts.set(statement, 'APPLIED');
    current.push(statement);
    folded = next;
  }
  return { verdicts, folded, ended: known.filter(({ id }) => !folded.holding.has(id)).map(({ id }) => id), current: current.filter(({ id }) => folded.holding.has(id)) };
}

/** Whether two statements say the same: of one source and instant, about one node. */
export function isSame(one: SourceStatement, other: SourceStatement): boolean {
  return (
    one.nodeId === other.nodeId && one.source === other.source && one.mode === other.mode && one.timed === other.timed && one.accountId === other.accountId &&
    one.occurredAt === other.occurredAt && one.modifiedAt === other.modifiedAt && canonicalJson(one.fields) === canonicalJson(other.fields)
  );
}

function saysNothingNew(current: readonly SourceStatement[], statement: SourceStatement, rules: FoldRules): boolean {
  if (statement.timed) return current.some((known) => isSame(known, statement));
  // Without a time of its own, a repetition of what the source last said without one is no news.
  const said = latestClaims(current.filter(({ source, nodeId }) => source === statement.source && nodeId === statement.nodeId), rules.fields);
  return fieldsSpokenOf(statement, rules.fields).filter((field) => field !== occurredField).every((field) => {
    const claim = said.get(field)?.get(originOf(statement));
    return claim !== undefined && !claim.statement.timed && canonicalJson(claim.value) === canonicalJson(valueIn(statement, field));
  });
}
