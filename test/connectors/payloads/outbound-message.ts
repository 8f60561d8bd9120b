/** A record of an outbound message: its kind, and its fields as texts; null for `xsi:nil`. */
export interface SoapRecord {
  readonly type: string;
  readonly fields: Readonly<Record<string, string | null>>;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An outbound message in the shape that Salesforce documents (`http://soap.sforce.com/2005/09/outbound`). */
export function outboundMessage(records: readonly SoapRecord[], organizationId = '00D5g000004XyZAEA0'): string {
  const notifications = records.map(({ type, fields }, index) => `
   <Notification>
    <Id>04l5g00000${String(index).padStart(8, '0')}</Id>
    <sObject xsi:type="sf:${type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">${Object.entries(fields).map(([name, value]) => (value === null ? `<sf:${name} xsi:nil="true"/>` : `<sf:${name}>${escaped(value)}</sf:${name}>`)).join('')}</sObject>
   </Notification>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>${organizationId}</OrganizationId>
   <ActionId>04k5g000000XyZAAA0</ActionId>
   <SessionId>00D5g000004XyZ!AQcAQ.the-session-of-somebody</SessionId>
   <EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/62.0/00D5g000004XyZA</EnterpriseUrl>
   <PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/62.0/00D5g000004XyZA</PartnerUrl>${notifications.join('')}
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>`;
}
