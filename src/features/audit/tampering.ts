import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** How a chain, or an export of one, was tampered with. */
export const Tampering = graphEnum('Tampering', 'How an audit chain was tampered with, as far as its rows can tell.', {
  EDITED: 'A fact says something else than when it was recorded.',
  DELETED: 'Facts in the midst of the chain are gone.',
  INSERTED: 'A fact stands in the chain that was not recorded there.',
  REORDERED: 'Facts changed places.',
  TAIL_CUT: 'The last facts are gone: the chain ends before its head or before what was signed.',
  PARTITION_SWAPPED: 'The facts of a whole month are gone, or are others than those that the facts around them were chained to.',
  REWRITTEN: 'The chain is whole in itself, but not the one that was signed: facts were changed and all hashes computed anew.',
  ANCHOR_MISSING: 'A place was signed, as the chain itself or a copy kept elsewhere tells, and the signature is no longer beside the chain.',
  HEAD_MISSING: 'The head of the chain is gone: whether facts were cut off behind the last one cannot be told.',
  ANCHOR_FORGED: 'A signature over the chain names a trusted key and is not by it.',
  SIGNING_KEY_UNKNOWN: 'A signature over the chain is by a key that is not trusted: an earlier signing key that is missing from TRUSTED_KEYS, or a forgery.',
  EXPORT_ALTERED: 'The file is not what was exported, though each fact in it is whole.',
});
export type Tampering = keyof typeof Tampering;

/** What was found first. */
export interface Fault {
  readonly tampering: Tampering;
  /** The first place that can no longer be relied on. */
  readonly sequence: number;
  /** In English, for whoever looks into it. */
  readonly detail: string;
}
