import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What the catalogue says of a stage. */
export const StageKind = graphEnum('StageKind', 'What a stage of a deal means by the stage catalogue in force.', {
  OPEN: 'The deal is not decided.',
  WON: 'The deal is won.',
  LOST: 'The deal is lost.',
  UNKNOWN: 'The catalogue does not name the stage; see `unknownStages`. It counts as neither progress nor setback.',
});
export type StageKind = keyof typeof StageKind;
/** What a stage of a catalogue means. */
export const CatalogueStageKind = graphEnum('CatalogueStageKind', 'What a stage of a catalogue means.', {
  OPEN: 'The deal is not decided.',
  WON: 'The deal is won.',
  LOST: 'The deal is lost.',
});
