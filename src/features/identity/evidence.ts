import type { Call, Question } from '../../platform/graphql/call.ts';
import { contactsToMatch, accountsToMatch, addressesToMatch, referencesToMatch, type MatchedAccount, type ReferenceOfNode } from './load-nodes.ts';
import type { CandidateRow, MatchEvidence } from './candidate.type.ts';
import { corporateDomain, domainOfEmail } from './corporate-domain.ts';
import { domainOfReference, sharedReference } from './match-keys.ts';
import { placeOfReference, placesOfAccount } from './vendor-places.ts';

/** What one node has that the evidence may show. */
interface Side {
  readonly account: MatchedAccount | undefined;
  readonly references: readonly ReferenceOfNode[];
  readonly emails: readonly string[];
  readonly name: string | null;
}

/** A value that can be equal, with the text to show for it. */
type Shown = readonly (readonly [value: string | null, text: string])[];

const written = ({ system, id }: ReferenceOfNode): string => `${system}:${id}`;
const shown: Readonly<Record<MatchEvidence['rule'], (side: Side) => Shown>> = {
  SAME_REFERENCE: ({ references }) => references.map((each) => [sharedReference(each), written(each)]),
  SAME_DOMAIN: ({ account, references }) => [...(account?.website ? [[corporateDomain(account.website), account.website] as const] : []), ...references.map((each) => [domainOfReference(each), written(each)] as const)],
  SAME_PLACE: ({ account, references }) => [...(account ? placesOfAccount(account) : []), ...references.map((each) => [placeOfReference(each), written(each)] as const)],
  SAME_CONTACT_DOMAIN: ({ emails }) => emails.map(domainOfEmail).flatMap((domain) => (domain === null ? [] : [[domain, domain] as const])),
  SAME_EMAIL: ({ emails }) => emails.map((email) => ['', email]),
  SAME_EMAIL_ELSEWHERE: ({ emails }) => emails.map((email) => ['', email]),
  SAME_NAME: ({ name }) => (name === null ? [] : [['', name]]),
};

function evidenceOf(rule: MatchEvidence['rule'], left: Side, right: Side): MatchEvidence {
  // What the rule does not compare is no evidence, also where nothing is equal any more.
  const compared = (all: Shown): Shown => all.filter(([value]) => value !== null);
  const [lefts, rights] = [compared(shown[rule](left)), compared(shown[rule](right))];
  for (const [value, text] of lefts) {
    const other = rights.find(([each]) => each === value);
    if (other) return { rule, left: text, right: other[1] };
  }
  return { rule, left: lefts[0]?.[1] ?? null, right: rights[0]?.[1] ?? null };
}

/** The evidence of candidates, as it is now: nothing that names a person is kept with a candidate. Four statements, however many. */
export const evidenceOfCandidates: Question<CandidateRow, readonly MatchEvidence[]> = {
  name: 'evidence_of_match_candidates',
  identity: ({ uuid }) => uuid,
  async load(call, candidates) {
    const sides = await sidesOf(call, candidates);
    return candidates.map(({ leftId, rightId, rules }) => rules.map((rule) => evidenceOf(rule, sides(leftId), sides(rightId))));
  },
};

async function sidesOf({ read, seal }: Call, candidates: readonly CandidateRow[]): Promise<(id: string) => Side> {
  const idsOf = (own: readonly CandidateRow[]): string[] => [...new Set(own.flatMap(({ leftId, rightId }) => [leftId, rightId]))];
  const [accounts, contacts, references, addresses] = await Promise.all([
    accountsToMatch(read, idsOf(candidates.filter(({ kind }) => kind === 'ACCOUNT'))),
    contactsToMatch(read, idsOf(candidates.filter(({ kind }) => kind === 'CONTACT'))),
    referencesToMatch(read, idsOf(candidates)),
    addressesToMatch(read, idsOf(candidates.filter(({ rules }) => rules.includes('SAME_CONTACT_DOMAIN')))),
  ]);
  const accountById = new Map(accounts.map((each) => [each.id as string, each]));
  const contactById = new Map(contacts.map((each) => [each.id as string, each]));
  const addressesOf = Map.groupBy(addresses, ({ accountId }) => accountId);
  return (id) => {
    const [account, contact] = [accountById.get(id), contactById.get(id)];
    const sealed = contact?.email ? [{ email: contact.email, wrapped: contact.wrapped }] : (addressesOf.get(id) ?? []);
    return {
      account,
      references: references.get(id) ?? [],
      emails: sealed.flatMap(({ email, wrapped }) => seal.open(wrapped, email) ?? []),
      name: account ? account.name : contact ? seal.open(contact.wrapped, contact.name) : null,
    };
  };
}
