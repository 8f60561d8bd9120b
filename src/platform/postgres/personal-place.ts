import type { Id } from '../ids.ts';
import type { Seal, SubjectKey } from './seal.ts';
import type { Sql } from './statement.ts';
import type { Work } from './work.ts';

/** From where and when a person is looked for: a Read, or a Work that is about to erase. */
export interface PersonScope {
  readonly sql: Sql;
  readonly tenantId: Id<'Tenant'>;
  /** RFC 3339. */
  readonly now: string;
  readonly seal: Seal;
}

/** A person as far as the tenant knows them. */
export interface Person {
  /** Their data subjects: one for each address or name that they ever had. None is erased. */
  readonly subjects: ReadonlyMap<Id<'Subject'>, SubjectKey>;
  /** The accounts where they are known. */
  readonly accountIds: ReadonlySet<Id<'Account'>>;
  /** Their addresses as they were written, and what else they are called. */
  readonly emails: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly phones: ReadonlySet<string>;
  /** Those of their names that others bear, too, in a form of their own; empty while the person is looked for. */
  readonly homonyms: ReadonlySet<string>;
  /** Those of their names that are an account's, a product's or a scenario's, in the same form. */
  readonly things: ReadonlySet<string>;
  /** Folded words of names of others in their accounts. */
  readonly sharedWords: ReadonlySet<string>;
  /** Addresses of others that look like an id made of one of theirs: `ev-ann@…`. Normalised. */
  readonly otherAddresses: ReadonlySet<string>;
  /** Names of others that contain one of theirs. */
  readonly longerNames: ReadonlySet<string>;
  /** Rows in which also what only may name them is erased, because a person decided so. */
  readonly includedRows: ReadonlySet<string>;
  /** Whether a free text names them: address, telephone number and a full name that nobody else bears do anywhere, other names in one of their accounts, or beside those. */
  isNamedIn(text: string, place: TextOf | null): boolean;
  /** A text with `[erased]` where it names them. */
  without(text: string, place: TextOf | null): string;
  /** What may name them and stays, with the reason. */
  staysIn(text: string, place: TextOf | null): readonly StayingName[];
}

/** Where a text stands; null where it is of no account. */
export interface TextOf {
  readonly accountId: string | null;
  /** The row that holds it. */
  readonly id: string;
}

/** Words that may name a person and stay. */
export interface StayingName {
  /** As they are written. */
  readonly found: string;
  /** A `StayReason` of the erasure. */
  readonly reason: string;
}

/** A text that may name a person and stays. */
export interface StayingText extends StayingName {
  readonly rowId: string;
  readonly accountId: Id<'Account'> | null;
  readonly field: string;
  readonly text: string;
}

/** Texts of a kind that may name a person and stay: all by id and content, the words of a few. */
export interface StayingTexts {
  readonly ids: readonly string[];
  readonly content: readonly string[];
  readonly shown: readonly StayingText[];
}

/** What a place knows about a person beyond what was known. */
export interface PersonTraces {
  readonly subjectIds?: readonly Id<'Subject'>[];
  readonly accountIds?: readonly Id<'Account'>[];
  readonly emails?: readonly string[];
  readonly names?: readonly string[];
  readonly phones?: readonly string[];
}

/** What an erasure makes of one text. */
export interface TextChange {
  readonly rowId: string;
  readonly accountId: Id<'Account'> | null;
  /** The column, or the part of what is sealed. */
  readonly field: string;
  readonly before: string;
  /** Null where it is emptied. */
  readonly after: string | null;
}

/** Things of one kind that are held on a person. */
export interface HeldItems {
  /** In capitals: `CONTACT`, `NOTE_MENTION`. */
  readonly kind: string;
  /** The rows, so that a preview can tell whether it is still true. */
  readonly ids: readonly string[];
  /** What the rows say, so that a preview is no longer true once that changes; never shown. */
  readonly content?: readonly string[];
  /** How texts about something else change; as many as a preview shows. */
  readonly changes?: readonly TextChange[];
  /** Whether they stay; without the person, as `reason` says. */
  readonly kept: boolean;
  /** How they are erased, or why they stay. */
  readonly reason: string;
  /** What may name the person and stays. */
  readonly staying?: StayingTexts;
  /** The accounts that they hang on; locked before they are erased. */
  readonly accountIds?: readonly Id<'Account'>[];
}

/**
 * A place that holds personal data, declared by the feature that owns it and listed in `src/api/privacy.ts`. A new room
 * joins erasure and export by declaring one; columns of plain text join by `call make_erasable(…)` in their migration.
 */
export interface PersonalPlace {
  readonly name: string;
  /** What it knows of the person; asked again while any place learns of more subjects. */
  trace?(scope: PersonScope, person: Person): Promise<PersonTraces>;
  /** Which of their names others bear, too, and which names of others contain one of theirs; asked once they are known. */
  homonyms?(scope: PersonScope, person: Person): Promise<readonly string[]>;
  /** Which of their names are things' names; asked once they are known. */
  things?(scope: PersonScope, person: Person): Promise<readonly string[]>;
  /** Folded words of names of others in their accounts; asked once they are known. */
  sharedWords?(scope: PersonScope, person: Person): Promise<readonly string[]>;
  /** Which of some addresses, normalised, are somebody's here. */
  knownAddresses?(scope: PersonScope, addresses: readonly string[]): Promise<readonly string[]>;
  /** Telephone numbers that stand beside their addresses; asked once those are known. */
  phones?(scope: PersonScope, person: Person): Promise<readonly string[]>;
  /** What it holds on them; kinds without rows are left out by whoever asks. */
  find(scope: PersonScope, person: Person): Promise<readonly HeldItems[]>;
  /** Takes out what does not go with the keys, which are destroyed last. Everything found is locked. */
  erase?(work: Work, seal: Seal, person: Person): Promise<void>;
  /** Everything held on them in the clear, by kind, for the person to read. */
  disclose(scope: PersonScope, person: Person): Promise<Readonly<Record<string, readonly object[]>>>;
}
