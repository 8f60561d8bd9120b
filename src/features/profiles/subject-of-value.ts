import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { subjectsById, subjectsOf, type FoundSubject, type Seal, type Subject, type SubjectName } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** The data subject that stands for a profile as a whole. */
export function profileSubject(accountId: string): SubjectName {
  return { system: 'profile', id: accountId };
}

/** A value of a profile, before it is known whose data it is. */
interface Placeable {
  readonly place: number;
  readonly update: { readonly accountId: string; readonly path: readonly string[] };
  /** The person whom it is about by itself; null when nobody was stated and it is no address. */
  readonly person: SubjectName | null;
  /** The subjects whose data its sources are. */
  readonly subjectIds: readonly Id<'Subject'>[];
  /** The accounts in whose profiles its sources were stated, before merges. */
  readonly homeIds: readonly string[];
}

type Refuse = (place: number, error: unknown) => void;

/**
 * Gives each value the data subject under whose key it is sealed, so that erasing a person erases what was derived from
 * their data, also by way of other values. A value is of the one person whom it is about by itself or whose data a source
 * is; of the profile when there is none. It is sealed for one: what would be of several persons is refused, for whichever
 * key was taken, erasing another of them would leave it. So is what comes from data of a person who was erased.
 */
export async function placeSubjects<Value extends Placeable>(work: Work, seal: Seal, values: readonly Value[], refuse: Refuse): Promise<(Value & { readonly subject: Subject })[]> {
  const sources = await subjectsById(work, seal, values.flatMap(({ subjectIds }) => subjectIds));
  const owned = values.flatMap((value) => {
    try {
      return [{ value, owner: ownerOf(work, seal, value, sources) }];
    } catch (error) {
      refuse(value.place, error);
      return [];
    }
  });
  const named = owned.flatMap(({ owner }) => ('id' in owner && 'key' in owner ? [] : [owner]));
  const made = named.length > 0 ? await subjectsOf(work, seal, named) : [];
  const byName = new Map(named.map((name, index) => [name, made[index]]));
  return owned.map(({ value, owner }) => {
    const subject = 'id' in owner && 'key' in owner ? owner : byName.get(owner);
    if (!subject) throw new Error('a value without a data subject');
    return { ...value, subject };
  });
}

function ownerOf(work: Work, seal: Seal, { update, person, subjectIds, homeIds }: Placeable, sources: ReadonlyMap<Id<'Subject'>, FoundSubject>): SubjectName | Subject {
  const profile = profileSubject(update.accountId);
  const profiles = [update.accountId, ...homeIds].map(profileSubject);
  const is = (subject: FoundSubject, name: SubjectName): boolean => subject.lookup.equals(seal.lookup(work.tenantId, name));
  const found = subjectIds.map((id) => {
    const subject = sources.get(id);
    if (!subject) throw new InvalidInput('The person whose data this was derived from was erased.', [...update.path, 'value']);
    return subject;
  });
  const persons = found.filter((subject) => !profiles.some((each) => is(subject, each)));
  const [first, second] = persons;
  if (second || (first && person && !is(first, person))) {
    throw new InvalidInput('It would be the data of several persons: of those whose data it was derived from, and of whom it is about. A value is kept for one person, with whom it is erased.', [...update.path, second ? 'sourceItemId' : 'subjectEmail']);
  }
  return first ?? person ?? profile;
}
