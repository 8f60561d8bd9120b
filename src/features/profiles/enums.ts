import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What kind of value a field holds. */
export const FieldValueType = graphEnum('FieldValueType', 'What kind of value a profile field holds, and so how it is checked.', {
  STRING: 'One line of text, at most 1,000 characters.',
  TEXT: 'Text of several lines, at most 10,000 characters.',
  EMAIL: 'An e-mail address, at most 254 characters.',
  PHONE: 'A telephone number: 7 to 15 digits, with `+` before and blanks, dots, dashes, slashes and brackets between.',
  URL: 'An http or https address, at most 2,048 characters.',
  NUMBER: 'A finite number; a text that is one, of at most 15 digits, is taken as one.',
  INTEGER: 'A whole number of at most 15 digits; a text that is one is taken as one.',
  BOOLEAN: 'true or false; the words are taken, too.',
  DATE: 'A calendar day: `2026-11-21`.',
  DATETIME: 'An instant, RFC 3339 with an offset; kept in UTC.',
  ENUM: 'One of the definition\'s enumValues.',
  JSON: 'Anything of JSON, at most 32 levels deep.',
});
export type FieldValueType = keyof typeof FieldValueType;

/** What a version of a field is now. */
export const FieldStatus = graphEnum('FieldStatus', 'What a version of a profile field is now.', {
  ACTIVE: 'It holds.',
  SUPERSEDED: 'A later version took its place.',
  EXPIRED: 'Its time is over, and nothing took its place while it held.',
  ORPHANED: 'What it was derived from is gone.',
});
export type FieldStatus = keyof typeof FieldStatus;

/** Who or what stated a value. */
export const FieldSource = graphEnum('FieldSource', 'Who or what stated a value.', {
  USER: 'A person, here.',
  TOOL: 'A tool, such as text recognition.',
  LLM: 'A language model, out of a text.',
  SESSION: 'A conversation.',
  CRM: 'The CRM.',
  IMPORT: 'A bulk import.',
  SYSTEM: 'A rule of this system.',
});
export type FieldSource = keyof typeof FieldSource;

/** What is done with a value that does not pass its checks. */
export const ValidationMode = graphEnum('ValidationMode', 'What is done with a value that does not pass its checks.', {
  STRICT: 'It is refused.',
  WARN: 'It is taken, logged by its id, and marked for its readers.',
  DISABLED: 'Nothing is checked.',
});
export type ValidationMode = keyof typeof ValidationMode;

/** What the checks said of a value when it was stated. */
export const ValidationState = graphEnum('ValidationState', 'What the checks said of a value when it was stated.', {
  VALID: 'It passed.',
  INVALID: 'It did not pass, and was taken with a warning.',
  UNCHECKED: 'It was not checked: checks are disabled, or nobody has defined the field.',
});
export type ValidationState = keyof typeof ValidationState;

/** What kind of personal data a field holds. */
export const PiiClass = graphEnum('PiiClass', 'What kind of personal data values of a field are.', {
  NONE: 'Not personal: shown to every role.',
  PERSONAL: 'Personal: hidden from viewers.',
  CHILD: 'Data of children: shown to agents, privacy officers and administrators, never sent to a language model, and deleted after `profileSettings.childDataDays`.',
});
export type PiiClass = keyof typeof PiiClass;

/** Whether a value is recent enough. */
export const FieldFreshness = graphEnum('FieldFreshness', 'Whether a value is as recent as its definition asks for.', {
  FRESH: 'It is.',
  STALE: 'It is older than that; it holds, and should be asked for again.',
  UNLIMITED: 'The definition asked for none when it was stated.',
});

/** How badly a scenario needs a field. */
export const RequiredLevel = graphEnum('RequiredLevel', 'How badly a scenario needs a field.', {
  HARD: 'The scenario cannot go on without it.',
  SOFT: 'The scenario is better with it.',
});
export type RequiredLevel = keyof typeof RequiredLevel;

/** What to do when a field is missing. */
export const FallbackAction = graphEnum('FallbackAction', 'What to do when a required field is missing.', {
  ASK: 'Ask for it, with the definition\'s collectionPrompt.',
  SKIP: 'Go on without it.',
  BLOCK: 'Do not go on.',
  EXTRACT: 'Extract it from the profile\'s documents.',
});
export type FallbackAction = keyof typeof FallbackAction;

/** Who stated a requirement. */
export const RequirementOrigin = graphEnum('RequirementOrigin', 'Who stated a requirement.', {
  PERSON: 'A person; extraction leaves it alone.',
  EXTRACTION: 'It was extracted from the scenario\'s conditions.',
});
export type RequirementOrigin = keyof typeof RequirementOrigin;

/** Why a required field counts as missing. */
export const MissingReason = graphEnum('MissingReason', 'Why a required field counts as missing.', {
  ABSENT: 'The profile has no active value.',
  EXPIRED: 'Its last value has expired.',
  ORPHANED: 'What its last value was derived from is gone.',
  ERASED: 'Its value was erased with the person it was about.',
  INVALID: 'Its value does not pass the checks.',
  STALE: 'Its value is older than the definition allows.',
  UNVERIFIED: 'The definition asks for a verified value, and nobody has verified this one.',
});
export type MissingReason = keyof typeof MissingReason;

/** What extracted something. */
export const Extractor = graphEnum('Extractor', 'What extracted something from a text.', {
  MODEL: 'A language model.',
  TEMPLATE: 'Plain rules, since no language model is configured.',
});
