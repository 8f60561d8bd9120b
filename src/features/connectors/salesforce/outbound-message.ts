import { InvalidInput } from '../../../platform/errors.ts';
import { exactJson, readJsonText } from '../../../platform/exact-json.ts';
import { checkStorable } from '../../../platform/storable-text.ts';
import { readXml, type XmlElement } from '../read-xml.ts';

/** One record of an outbound message. */
export interface Notification {
  /** Its own id, which is the same over retries. */
  readonly id: string;
  /** The kind of the record: `Opportunity`. */
  readonly type: string;
  /** The record's fields as its JSON would have them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A SOAP outbound message. What it holds beside its records, such as a session id, is not kept. */
export class OutboundMessage {
  constructor(readonly organizationId: string, readonly notifications: readonly Notification[]) {}
}

const soap = 'http://schemas.xmlsoap.org/soap/envelope/';
const outbound = 'http://soap.sforce.com/2005/09/outbound';
const schema = 'http://www.w3.org/2001/XMLSchema-instance';
/** Salesforce sends at most 100. */
const mostNotifications = 1_000;

/** What Salesforce waits for, or it sends the message again for a day. */
export const acknowledgement = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${soap}"><soapenv:Body><notificationsResponse xmlns="${outbound}"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>`;

/** Reads an outbound message. Throws `InvalidInput`. */
export function readOutboundMessage(body: Buffer): OutboundMessage {
  const envelope = readXml(body);
  const notifications = [envelope].filter(is(soap, 'Envelope')).flatMap(({ children }) => children).filter(is(soap, 'Body')).flatMap(({ children }) => children).find(is(outbound, 'notifications'));
  const records = notifications?.children.filter(is(outbound, 'Notification')) ?? [];
  if (!notifications || records.length === 0) throw new InvalidInput('The body must be an outbound message of Salesforce: a SOAP envelope with at least one Notification.');
  if (records.length > mostNotifications) throw new InvalidInput(`The message has ${records.length} notifications; send at most ${mostNotifications} at once.`);
  return new OutboundMessage(textOf(notifications, 'OrganizationId'), records.map(toNotification));
}

const is = (namespace: string, name: string) => (element: XmlElement): boolean => element.namespace === namespace && element.name === name;
const textOf = ({ children }: XmlElement, name: string): string => children.find(is(outbound, name))?.text.trim() ?? '';

function toNotification(record: XmlElement, index: number): Notification {
  const path = ['notifications', String(index)];
  const sObject = record.children.find(is(outbound, 'sObject'));
  const [, type] = /^(?:[^:]*:)?(\w+)$/.exec(sObject?.attributes.get(`${schema} type`) ?? '') ?? [];
  if (!sObject || type === undefined) throw new InvalidInput('A Notification must have an sObject with a type.', path);
  const fields = Object.fromEntries(sObject.children.map((field) => [field.name, valueOf(field)]));
  checkStorable(fields, path);
  return { id: textOf(record, 'Id'), type, fields };
}

/** The fields of which a JSON callout holds no text. */
const numbers: ReadonlySet<string> = new Set(['Amount', 'Probability', 'NumberOfEmployees', 'AnnualRevenue']);
const flags: Readonly<Record<string, boolean>> = { true: true, false: false };

function valueOf({ name, text, attributes }: XmlElement): unknown {
  if (attributes.get(`${schema} nil`) === 'true') return null;
  if (name.startsWith('Is')) return flags[text.trim()] ?? text;
  if (!numbers.has(name) || !/^-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/.test(text.trim())) return text;
  // With every digit, as a JSON callout keeps them.
  const [value] = exactJson(readJsonText(`[${text.trim().replace(/^(-?)0+(?=\d)/, '$1')}]`)) as readonly unknown[];
  return value;
}
