/** The kinds of HubSpot's objects that are read. */
export type HubspotKind = 'company' | 'contact' | 'deal';

/** How objects of a kind are asked for. */
export interface ObjectKind {
  readonly kind: HubspotKind;
  /** Its name in HubSpot's paths. */
  readonly plural: string;
  /** The GraphQL type that it becomes. */
  readonly type: 'Account' | 'Contact' | 'Opportunity';
  /** The property that holds when it was modified. */
  readonly modified: string;
  readonly properties: readonly string[];
  /** The properties whose past values are read. */
  readonly history: readonly string[];
  /** How many HubSpot gives at once; fewer with past values. */
  readonly most: number;
}

/** In the order in which history is read: accounts before what belongs to them. */
export const objectKinds: Readonly<Record<HubspotKind, ObjectKind>> = {
  company: { kind: 'company', plural: 'companies', type: 'Account', modified: 'hs_lastmodifieddate', properties: ['name', 'domain', 'industry', 'numberofemployees', 'hubspot_owner_id', 'hs_lastmodifieddate', 'hs_merged_object_ids'], history: [], most: 100 },
  contact: { kind: 'contact', plural: 'contacts', type: 'Contact', modified: 'lastmodifieddate', properties: ['firstname', 'lastname', 'email', 'jobtitle', 'hs_buying_role', 'lastmodifieddate', 'hs_merged_object_ids'], history: ['associatedcompanyid'], most: 50 },
  deal: {
    kind: 'deal', plural: 'deals', type: 'Opportunity', modified: 'hs_lastmodifieddate',
    properties: ['dealname', 'dealstage', 'amount', 'deal_currency_code', 'closedate', 'hs_deal_stage_probability', 'hs_next_step', 'hs_lastmodifieddate', 'hs_merged_object_ids'],
    history: ['dealstage', 'hs_primary_associated_company'], most: 50,
  },
};

/** The kind of a name that an event or a cursor has; undefined for any other. */
export const kindNamed = (name: string): ObjectKind | undefined => (Object.hasOwn(objectKinds, name) ? objectKinds[name as HubspotKind] : undefined);

/** The ids that may be asked for: HubSpot refuses a whole batch for one that is none. */
export const isObjectId = (id: string): boolean => /^\d{1,19}$/.test(id);
