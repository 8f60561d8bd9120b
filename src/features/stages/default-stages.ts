import type { CatalogueStage } from './stage-catalogue.ts';

const open = (name: string): CatalogueStage => ({ name, kind: 'OPEN' });

/** The standard stages of Salesforce and of HubSpot's default pipeline, each pipeline in its order; both close as `Closed Won` or `Closed Lost`. SQL: `default_stage_kinds`. */
export const defaultStages: readonly CatalogueStage[] = [
  ...['Prospecting', 'Qualification', 'Needs Analysis', 'Value Proposition', 'Id. Decision Makers', 'Perception Analysis', 'Proposal/Price Quote', 'Negotiation/Review'].map(open),
  // HubSpot's names without blanks are its internal ones, but for one, which it shows with a hyphen.
  ...['Appointment Scheduled', 'Qualified To Buy', 'Presentation Scheduled', 'Decision Maker Bought In', 'Decision Maker Bought-In', 'Contract Sent'].map(open),
  { name: 'Closed Won', kind: 'WON' },
  { name: 'Closed Lost', kind: 'LOST' },
];
