import { Extensions } from 'type-graphql';

/**
 * Marks a field as showing a derived value: a value that a rule made out of others. Its description says so in the
 * schema, and a test holds that where it came from can be asked.
 */
export function Derived(): PropertyDecorator & MethodDecorator {
  return Extensions({ derived: true });
}

/** What the description of a derived field ends with. */
export const derivedSentence = 'Derived: lineage answers where it came from.';
