import { Field, ID, ObjectType } from 'type-graphql';
import type { Dated } from '../../platform/graphql/call.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { edgesPerNode } from './lineage-budget.ts';

/** What a node of the lineage graph is. */
export const LineageType = graphEnum('LineageType', 'What a node of the lineage graph is.', {
  ASSET: 'A document, a message or another source of texts.',
  SIGNAL: 'An observation about an account.',
  SESSION: 'A conversation of the agent.',
  EXTERNAL_RECORD: 'What records of other systems said at a time: the traits of an account that a score was fitted to.',
  PROFILE_FIELD: 'A field of a profile.',
  SCORE_POINT: 'A change of a score.',
  STATEMENT: 'What a source said about an account or a record.',
  ACCOUNT_CONTEXT: 'The state of an account as it is now: its score and what is shown with it.',
  ENRICHMENT: 'An answer of an enrichment provider.',
  DERIVED_VALUE: 'A value computed out of others.',
  SNAPSHOT: 'A snapshot of an account.',
  ACTION: 'An action proposed or taken.',
  CONSENT: 'A person\'s consent.',
  POLICY: 'A version of a policy.',
  DECISION: 'A decision about an action, or to propose none.',
});

/** Which way to walk. */
export const LineageDirection = graphEnum('LineageDirection', 'Which way to walk from a node.', {
  UPSTREAM: 'To what it derives from.',
  DOWNSTREAM: 'To what derives from it: the impact of a change.',
  BOTH: 'Both ways; of a level that does not fit into the budget, upstream comes first.',
});

/** A node of the lineage graph. */
@ObjectType('LineageNode', { description: 'An item as lineage sees it. Its id is the item\'s own.', simpleResolvers: true })
export class LineageNode {
  @Field(() => ID, { description: 'Global id of the item.' })
  id!: string;

  @Field(() => LineageType, { description: 'What it is.' })
  type!: keyof typeof LineageType;

  @Field(() => Boolean, { description: 'Whether it has neighbours, in the direction asked, that this answer does not show, or more edges to those that it shows.' })
  more!: boolean;
}

/** A node as resolvers pass it on. */
export interface LineageNodeRow extends LineageNode, Dated {
  readonly ref: { readonly type: string; readonly id: string };
}

/** The rule that made a value. */
@ObjectType('LineageRule', { description: 'The rule that made a value out of others.', simpleResolvers: true })
export class LineageRule {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Its name: `intent-score`.' })
  name!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Its version; for a score, that of the scoring model; for a statement, that of the precedence policy.' })
  version!: string;
}

/** An edge of the lineage graph. */
@ObjectType('LineageEdge', { description: 'That one item derives from another.', simpleResolvers: true })
export class LineageEdge {
  @Field(() => ID, { description: 'Global id of the source.' })
  from!: string;

  @Field(() => ID, { description: 'Global id of what derives from it.' })
  to!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'How the source was used, in capitals: `COUNTED`, `STATED`.' })
  relation!: string;

  @Field(() => LineageRule, { description: 'The rule by which.' })
  rule!: LineageRule;

  @Shows('SYSTEM')
  @Field(() => [String], { nullable: true, description: 'The fields of the derived item that come from the source, by name; null where it was used as a whole.' })
  fields!: readonly string[] | null;
}

/** A part of the lineage graph. */
@ObjectType('LineageGraph', { description: 'A part of the lineage graph around one item.', simpleResolvers: true })
export class LineageGraph {
  @Field(() => LineageNode, { description: 'The item asked for.' })
  root!: LineageNodeRow;

  @Field(() => [LineageNode], { description: 'The items found, the root among them; each stands behind all that it derives from, ties by id.' })
  nodes!: LineageNodeRow[];

  @Field(() => [LineageEdge], { description: `Every edge between them; at most ${edgesPerNode} for each item that \`maxNodes\` allows, those of the nearest first.` })
  edges!: LineageEdge[];

  @Field(() => Boolean, { description: 'Whether a budget cut something off; `frontier` says where.' })
  truncated!: boolean;

  @Field(() => [LineageNode], { description: 'The items that have further neighbours, in the direction asked, which are not shown.' })
  frontier!: LineageNodeRow[];
}

/** A way between two items. */
@ObjectType('LineagePath', { description: 'The shortest way from a source to what derives from it, within what the budgets reach from both ends; of several, the first by id.', simpleResolvers: true })
export class LineagePath {
  @Field(() => Boolean, { description: 'Whether there is a way within the budgets.' })
  found!: boolean;

  @Field(() => [LineageNode], { description: 'The items on it, the source first; empty when none was found.' })
  nodes!: LineageNodeRow[];

  @Field(() => [LineageEdge], { description: 'The edges between them, in order; two items may have several.' })
  edges!: LineageEdge[];

  @Field(() => Boolean, { description: 'Whether the search ended at a budget: when nothing was found, there may be a way all the same.' })
  truncated!: boolean;
}
