import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Where an observation comes from, from the most to the least trusted. */
export const OriginClass = graphEnum('OriginClass', 'Where an observation comes from, from the most to the least trusted.', {
  SIGNED_SYSTEM: 'Data of a system that proved who it is: a signed webhook or an API key of a machine.',
  VERIFIED_PERSON: 'Stated by a person who was signed in.',
  COLLEAGUE_TEXT: 'Text that a colleague wrote: a thread, a ticket, a weekly summary.',
  CUSTOMER_TEXT: 'Text that a person at the customer wrote: an e-mail, a document, words in a conversation.',
  THIRD_PARTY_TEXT: 'Text from elsewhere: a web page, an article, the output of a tool.',
  MODEL_INFERRED: 'A language model inferred it.',
  ANONYMOUS: 'Nothing proves who delivered it.',
});
export type OriginClass = keyof typeof OriginClass;

/** The classes by rank: the database stores the place in this list, so that the lowest of some is their minimum. */
export const originClasses = ['ANONYMOUS', 'MODEL_INFERRED', 'THIRD_PARTY_TEXT', 'CUSTOMER_TEXT', 'COLLEAGUE_TEXT', 'VERIFIED_PERSON', 'SIGNED_SYSTEM'] as const satisfies readonly OriginClass[];

/** The rank of a class, 0 (ANONYMOUS) to 6 (SIGNED_SYSTEM), as the database stores it. */
export function rankOf(origin: OriginClass): number {
  return originClasses.indexOf(origin);
}

/** The class of a stored rank; one that is none is ANONYMOUS. */
export function originOfRank(rank: number): OriginClass {
  return originClasses[rank] ?? 'ANONYMOUS';
}

/** Whether a class is trusted less than another. */
export function isBelow(origin: OriginClass, floor: OriginClass): boolean {
  return rankOf(origin) < rankOf(floor);
}

/** The least trusted of some classes; null of none. */
export function lowestOrigin(classes: readonly OriginClass[]): OriginClass | null {
  return classes.reduce<OriginClass | null>((lowest, each) => (lowest === null || isBelow(each, lowest) ? each : lowest), null);
}
