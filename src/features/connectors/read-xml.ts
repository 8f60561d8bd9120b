import { isUtf8 } from 'node:buffer';
import { SaxesParser } from 'saxes';
import { InvalidInput } from '../../platform/errors.ts';

/** An element with what is in it. */
export interface XmlElement {
  /** Its name without a prefix, and its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** Attributes by `namespace name`, or by name where they have no namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  /** The text directly in it. */
  text: string;
}

/** Far more than an envelope of 100 records of 500 fields has. */
const mostElements = 100_000;
const deepest = 16;

/**
 * Reads an XML document of a stranger. There are no entities but the five of XML, since a document type declaration is
 * refused, and so are processing instructions; size and depth are bounded. Throws `InvalidInput`.
 */
export function readXml(body: Buffer): XmlElement {
  if (!isUtf8(body)) throw new InvalidInput('The body is not valid UTF-8.');
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  const refuse = (what: string): never => {
    throw new InvalidInput(`The body is not an XML document that can be read: ${what}.`);
  };
  parser.on('error', ({ message }) => refuse(message.slice(0, 200)));
  parser.on('doctype', () => refuse('it has a document type declaration'));
  parser.on('processinginstruction', () => refuse('it has a processing instruction'));
  parser.on('xmldecl', ({ encoding }) => (encoding === undefined || /^utf-?8$/i.test(encoding) ? undefined : refuse('its encoding is not UTF-8')));
  parser.on('opentag', ({ local, uri, attributes }) => {
    count += 1;
    if (count > mostElements) refuse(`it has more than ${mostElements} elements`);
    if (open.length >= deepest) refuse(`it is nested deeper than ${deepest} elements`);
    const element: XmlElement = { name: local, namespace: uri, attributes: new Map(Object.values(attributes).map((each) => [each.uri === '' ? each.local : `${each.uri} ${each.local}`, each.value])), children: [], text: '' };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const append = (text: string): void => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.write(body.toString('utf8')).close();
  return root ?? refuse('it is empty');
}
