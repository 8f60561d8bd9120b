import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What a node of the lineage graph is. */
export const LineageType = graphEnum('LineageType', 'What a node of the lineage graph is.', {
  ASSET: 'A document, a message or another source of texts.',
  SIGNAL: 'An observation about an account.',
  SESSION: 'A conversation of the agent.',
  EXTERNAL_RECORD: 'A record that another system keeps.',
  PROFILE_FIELD: 'A field of a profile.',
  SCORE_POINT: 'A change of a score.',
  ACCOUNT_CONTEXT: 'The state of an account as it is now: its score and what is shown with it.',
  DERIVED_VALUE: 'A value computed out of others.',
  SNAPSHOT: 'A snapshot of an account.',
  ACTION: 'An action proposed or taken.',
});
