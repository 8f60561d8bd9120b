import type { Competitor } from './context-rules.ts';

const named = (name: string, ...aliases: string[]): Competitor => ({ name, aliases, caseSensitive: false });
/** A name that is also an ordinary word: only its capitalised form is a mention. */
const capitalised = (name: string, ...aliases: string[]): Competitor => ({ name, aliases, caseSensitive: true });

/**
 * Well-known CRM and revenue tools, for tenants that have not published competitor rules. A name that is an
 * ordinary word counts with its domain only, as `Chorus.ai` does. Salesforce and HubSpot are left out: they are the tenant's own sources,
 * and the account team names them all the time.
 */
export const defaultCompetitors: readonly Competitor[] = [
  named('Gong', 'Gong.io'),
  named('Chorus.ai', 'Chorus by ZoomInfo'),
  named('Clari', 'Clari Copilot', 'Wingman by Clari'),
  named('Salesloft', 'Sales Loft'),
  named('Outreach.io', 'Outreach Kaia'),
  named('Apollo.io'),
  named('ZoomInfo', 'Zoom Info'),
  named('6sense'),
  named('Demandbase'),
  named('Gainsight'),
  named('ChurnZero'),
  named('Totango', 'Catalyst by Totango'),
  named('Vitally.io'),
  named('Planhat'),
  named('People.ai'),
  named('Aviso AI', 'Aviso.com'),
  named('BoostUp', 'BoostUp.ai'),
  named('InsightSquared', 'Mediafly'),
  named('Fireflies.ai'),
  named('Avoma'),
  named('Highspot'),
  named('Showpad'),
  capitalised('Seismic'),
  named('Mindtickle'),
  named('Allego'),
  named('Groove.co'),
  named('Pipedrive'),
  named('Zoho CRM', 'Zoho'),
  named('Microsoft Dynamics 365', 'Dynamics 365', 'Dynamics CRM', 'Microsoft Dynamics'),
  named('Freshsales', 'Freshworks CRM'),
  named('SugarCRM', 'Sugar CRM'),
  named('Close.com', 'Close CRM'),
  named('Copper CRM'),
  named('monday sales CRM', 'monday CRM', 'monday.com'),
  named('Zendesk Sell'),
  named('Insightly'),
  named('Nutshell CRM'),
  named('Attio'),
];
