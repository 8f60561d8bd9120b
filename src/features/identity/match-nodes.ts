import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { candidatesOfNodes, closeCandidates, lockMatching, openCandidates, rememberMerged, type StoredCandidate } from './candidate-store.ts';
import { confirmByPolicy } from './confirm-by-policy.ts';
import { judgeCandidates } from './judge-candidates.ts';
import { groupName, keysOfNodes, loadGroups, storeKeys, type GroupKey } from './key-store.ts';
import { accountsToMatch, addressesToMatch, contactsOfAccounts, contactsToMatch, referencesToMatch, survivorsOf } from './load-nodes.ts';
import { createKeyMaker, type KeyedNode } from './match-keys.ts';
import { matchesUpdated } from './match.events.ts';
import { matchingPolicy, type MatchingPolicy } from './matching-policy.ts';
import { pairOf } from './propose-pairs.ts';
import type { MatchKindName } from './match-rules.ts';

/** What may have changed. */
export interface ToMatch {
  readonly accounts: readonly string[];
  readonly contacts: readonly string[];
  /** Accounts all of whose contacts may have changed. */
  readonly contactsOf?: readonly string[];
  /** Merges that were made, also ones that were undone since. */
  readonly merges?: readonly { readonly kind: MatchKindName; readonly intoId: string; readonly fromId: string }[];
  /** Judges all that the nodes have in common with others, not only what changed: after a decision, or under another policy. */
  readonly everything?: boolean;
}

/**
 * Brings the candidates of some nodes up to what is known. Which candidates are open depends on the nodes, the decisions and
 * the policy alone, not on the order in which they came. A constant number of statements, however many nodes.
 */
export async function matchNodes(work: Work, seal: Seal, { accounts, contacts, contactsOf = [], merges = [], everything = false }: ToMatch): Promise<void> {
  const moved = contactsOf.length > 0 ? await contactsOfAccounts(work, contactsOf) : [];
  const asked = [...new Set([...accounts, ...contacts, ...moved, ...merges.flatMap(({ intoId, fromId }) => [intoId, fromId])])];
  if (asked.length === 0) return;
  await lockMatching(work);
  for (const kind of ['ACCOUNT', 'CONTACT'] as const) await rememberMerged(work, kind, merges.filter((merge) => merge.kind === kind).map(({ intoId, fromId }) => pairOf(intoId, fromId)));
  const survivors = [...new Set((await survivorsOf(work, asked)).values())];
  const nodes = await keyNodes(work, seal, survivors);
  const changed = await storeKeys(work, [...new Set([...asked, ...survivors])], nodes);
  const touched = everything ? nodes.flatMap(({ kind, keys }) => keys.map((each): GroupKey => ({ kind, ...each }))) : changed;
  const policy = await matchingPolicy(work);
  await judge(work, seal, { policy, dirty: survivors, touched: proposing(touched, policy) });
}

/** What nodes can match by now; nothing for those that are retired, erased or merged into another. */
async function keyNodes(work: Work, seal: Seal, ids: readonly string[]): Promise<KeyedNode[]> {
  const maker = createKeyMaker(seal, work.tenantId);
  const accounts = await accountsToMatch(work, ids);
  const contacts = await contactsToMatch(work, ids);
  const references = await referencesToMatch(work, ids);
  const addresses = Map.groupBy(await addressesToMatch(work, accounts.map(({ id }) => id)), ({ accountId }) => accountId);
  return [
    ...accounts.map((account) => maker.account(account, references.get(account.id) ?? [], addresses.get(account.id) ?? [])),
    ...contacts.map((contact) => maker.contact(contact, references.get(contact.id) ?? [])),
  ];
}

/** The values, each once, by which the policy proposes pairs. */
function proposing(keys: readonly GroupKey[], { rules, proposeFrom }: MatchingPolicy): GroupKey[] {
  const own = new Set<string>(rules.filter(({ enabled, confidence }) => enabled && confidence >= proposeFrom && confidence > 0).map(({ rule }) => rule));
  return [...new Map(keys.filter(({ rule }) => own.has(rule)).map((key) => [groupName(key), key])).values()];
}

interface Judging {
  readonly policy: MatchingPolicy;
  readonly dirty: readonly string[];
  readonly touched: readonly GroupKey[];
}

async function judge(work: Work, seal: Seal, { policy, dirty, touched }: Judging): Promise<void> {
  const groups = await loadGroups(work, touched);
  const involved = [...new Set([...dirty, ...[...groups.values()].flat()])];
  const candidates = new Map((await candidatesOfNodes(work, involved)).map((each) => [each.id, each]));
  const open = [...candidates.values()].filter(({ status }) => status === 'OPEN');
  const keys = await keysOfNodes(work, [...new Set([...involved, ...open.flatMap(({ leftId, rightId }) => [leftId, rightId])])]);
  // A pair that is open may have been proposed by a value that did not change: its group is needed, too.
  const further = proposing(open.flatMap((each) => sharedKeys(each, keys)), policy).filter((key) => !groups.has(groupName(key)));
  const others = await loadGroups(work, further);
  const strangers = [...new Set([...others.values()].flat())].filter((id) => !involved.includes(id));
  if (strangers.length > 0) for (const each of await candidatesOfNodes(work, strangers)) candidates.set(each.id, each);
  const judged = judgeCandidates({ policy, groups, others, keys, candidates: [...candidates.values()], touched, involved });
  const opened = await openCandidates(work, judged.proposals);
  await closeCandidates(work, judged.ended);
  const endedAs = (status: string): string[] => judged.ended.flatMap((each) => (each.status === status ? [each.id] : []));
  const data = { opened, withdrawn: endedAs('WITHDRAWN'), merged: endedAs('MERGED'), unmerged: endedAs('REJECTED') };
  if (Object.values(data).some((ids) => ids.length > 0)) work.record(matchesUpdated.fact({ accountId: null, data }));
  await confirmByPolicy(work, seal, policy, judged.standing);
}

function sharedKeys({ leftId, rightId }: StoredCandidate, keys: ReadonlyMap<string, readonly GroupKey[]>): readonly GroupKey[] {
  const right = new Set((keys.get(rightId) ?? []).map(groupName));
  return (keys.get(leftId) ?? []).filter((key) => right.has(groupName(key)));
}
