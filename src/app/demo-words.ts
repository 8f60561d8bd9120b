/** The companies of the demo's portfolio: invented, as all that is told of them. */
export const companies: readonly (readonly [name: string, industry: string])[] = [
  ['Northwind Freight', 'Logistics'], ['Vandelay Imports', 'Retail'], ['Stark Instruments', 'Manufacturing'], ['Wayfarer Travel', 'Hospitality'], ['Pied Harbor', 'Software'],
  ['Halcyon Bank', 'Financial services'], ['Meridian Insurance', 'Insurance'], ['Clearwater Utilities', 'Energy'], ['Aster Pharma', 'Healthcare'], ['Bluebird Airlines', 'Transport'],
  ['Cobalt Mining', 'Energy'], ['Dovetail Homes', 'Construction'], ['Evergreen Foods', 'Food'], ['Falcon Robotics', 'Manufacturing'], ['Granite Partners', 'Professional services'],
  ['Harvest Grocers', 'Retail'], ['Ironbridge Steel', 'Manufacturing'], ['Juniper Clinics', 'Healthcare'], ['Kestrel Analytics', 'Software'], ['Lumen Broadcasting', 'Media'],
  ['Maple Credit Union', 'Financial services'], ['Nimbus Hosting', 'Software'], ['Oakline Furniture', 'Retail'], ['Pinnacle Sports', 'Media'], ['Quarry Cement', 'Construction'],
  ['Riverside Schools', 'Education'], ['Solace Care', 'Healthcare'], ['Tidewater Shipping', 'Logistics'], ['Umber Design', 'Professional services'], ['Valiant Motors', 'Automotive'],
  ['Willow Cosmetics', 'Retail'], ['Xenon Lighting', 'Manufacturing'], ['Yarrow Biotech', 'Healthcare'], ['Zephyr Wind', 'Energy'], ['Amber Telecom', 'Telecommunications'],
  ['Beacon Publishing', 'Media'], ['Cascade Water', 'Energy'], ['Drift Apparel', 'Retail'], ['Ember Kitchens', 'Hospitality'], ['Fjord Seafood', 'Food'],
  ['Glacier Storage', 'Logistics'], ['Horizon University', 'Education'], ['Indigo Games', 'Software'], ['Jade Rail', 'Transport'], ['Kiln Ceramics', 'Manufacturing'],
];

/** What people of the demo are called. */
export const givenNames = ['Amara', 'Ben', 'Chiara', 'Dmitri', 'Elif', 'Farah', 'Gustav', 'Hana', 'Ivan', 'Jonas', 'Kemi', 'Leila', 'Mateo', 'Nora', 'Oskar', 'Paula', 'Quinn', 'Rosa', 'Samir', 'Tova'] as const;
/** What their families are called. */
export const familyNames = ['Abe', 'Berg', 'Costa', 'Dietz', 'Eriksen', 'Fontaine', 'Greco', 'Haddad', 'Ito', 'Jansen', 'Kaur', 'Lindqvist', 'Moreau', 'Novak', 'Osei', 'Petrov', 'Rossi', 'Silva', 'Tanaka', 'Weber'] as const;
/** Who of the tenant looks after accounts. */
export const team = {
  owners: ['Sarah Chen', 'Diego Ruiz', 'Mina Park', 'Luca Ferri'],
  csms: ['Priya Nair', 'Jon Ekström', 'Aisha Bello', 'Caleb Stone', 'Yuki Mori'],
  managers: ['Tom Okafor', 'Renate Vogel'],
} as const;
/** What accounts use. */
export const productNames = ['Platform', 'Analytics', 'Automation', 'Insights', 'Connect'] as const;
/** What is done for accounts, with what it reports. */
export const playbooks = [
  { id: 'pb-renewal', name: 'Renewal preparation', type: 'renewal', report: 'Contract terms were reviewed with the customer; the open points are pricing of two seats and the term.' },
  { id: 'pb-adoption', name: 'Adoption boost', type: 'adoption', report: 'Two workshops held; the teams that took part use twice as many features as before.' },
  { id: 'pb-rescue', name: 'Churn rescue', type: 'churn-risk', report: 'The causes were named: slow answers of support, and a champion who left. A plan with dates was agreed.' },
  { id: 'pb-onboarding', name: 'Onboarding', type: 'onboarding', report: 'Set-up is complete, single sign-on works, and the first team has gone live.' },
  { id: 'pb-sponsor', name: 'Executive sponsor', type: 'relationship', report: 'A sponsor was found on the customer\'s board, who wants a review every quarter.' },
] as const;
/** What is noted of accounts that do well, and of those that do not. */
export const remarks = {
  well: ['They want to show our roll-out to their other divisions.', 'Usage grew again; the admin asks for training of new teams.', 'The review went well; renewal is not in question.', 'Support is praised by name.', 'They ask for a price for two more products.'],
  badly: ['Logins fell for the third month; nobody could say why.', 'Their champion leaves at the end of the month.', 'Unhappy with how long the last outage took.', 'Finance asks what they pay for; we owe them a value review.', 'A competitor was seen in their office.'],
} as const;
/** What is done with accounts. */
export const dealings = [
  { type: 'Call', subject: 'How the roll-out goes' }, { type: 'Call', subject: 'Open questions of finance' }, { type: 'Meeting', subject: 'Quarterly review' }, { type: 'Meeting', subject: 'Workshop with a new team' },
  { type: 'Email', subject: 'News of the release' }, { type: 'Email', subject: 'Invitation to the user group' }, { type: 'Meeting', subject: 'Plan of the next half year' },
] as const;
/** What accounts wait for. */
export const issues = ['Single sign-on fails for guests', 'Export of reports takes minutes', 'Invoices show the former address', 'Dashboards are slow in the morning', 'The import refuses dates of 2027', 'Roles cannot be copied', 'The mobile app signs users out'] as const;
