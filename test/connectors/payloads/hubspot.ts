/** An event of HubSpot, in the shape that HubSpot documents for webhooks; a request holds a list of them. */
export const hubspotEvent = (subscriptionType: string, objectId: number, occurredAt: string, more: object = {}): object => ({
  eventId: 3_816_279_340, subscriptionId: 25, portalId: 33, appId: 1_160_452, occurredAt: Date.parse(occurredAt), subscriptionType, attemptNumber: 0, objectId, changeSource: 'CRM', ...more,
});

/** A changed property of an object. */
export const property = (subscriptionType: string, objectId: number, occurredAt: string, [propertyName, propertyValue]: readonly [string, string]): object => hubspotEvent(subscriptionType, objectId, occurredAt, { propertyName, propertyValue });
