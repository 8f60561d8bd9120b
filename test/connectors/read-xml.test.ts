import { expect, test } from 'vitest';
import { readXml } from '../../src/features/connectors/read-xml.ts';
import { readOutboundMessage } from '../../src/features/connectors/salesforce/outbound-message.ts';
import { outboundMessage } from './payloads/outbound-message.ts';

const read = (text: string) => readXml(Buffer.from(text));

test('elements have their names, namespaces, attributes and texts', () => {
  const root = read('<a xmlns="urn:x" xmlns:y="urn:y" k="1" y:k="2">one &amp; &lt;two&gt; &#x41;<y:b><![CDATA[<raw>&amp;]]></y:b> three</a>');
  expect(root).toMatchObject({ name: 'a', namespace: 'urn:x', text: 'one & <two> A three', children: [{ name: 'b', namespace: 'urn:y', text: '<raw>&amp;' }] });
  expect([...root.attributes].filter(([name]) => name.endsWith('k'))).toEqual([['k', '1'], ['urn:y k', '2']]);
});

test.each([
  ['nothing', ''],
  ['no XML', '{"AccountId":"001"}'],
  ['an entity of its own', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ['a document type declaration alone', '<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>'],
  ['a file', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['a billion laughs', `<!DOCTYPE a [<!ENTITY l0 "ha">${Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')}]><a>&l9;</a>`],
  ['an entity that is none', '<a>&nbsp;</a>'],
  ['a processing instruction', '<?php echo 1 ?><a/>'],
  ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
  ['an element that is not closed', '<a><b></a>'],
  ['two roots', '<a/><b/>'],
  ['an unknown prefix', '<x:a/>'],
  ['a NUL', '<a>&#0;</a>'],
  ['too deep', `${'<a>'.repeat(17)}${'</a>'.repeat(17)}`],
  ['too much', `<a>${'<b/>'.repeat(100_001)}</a>`],
])('refuses %s', (_what, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
});

test('refuses bytes that are not UTF-8', () => expect(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))).toThrow('UTF-8'));

test('an outbound message is its records, and nothing of the session', () => {
  const message = readOutboundMessage(Buffer.from(outboundMessage([{ type: 'Opportunity', fields: { Id: '006', Amount: '90071992547409.91', IsWon: 'false', NextStep: null, Name: 'R&D <one>' } }, { type: 'Account', fields: { Id: '001', NumberOfEmployees: '070' } }])));
  expect(message).toMatchObject({ organizationId: '00D5g000004XyZAEA0', notifications: [{ id: '04l5g0000000000000', type: 'Opportunity', fields: { Id: '006', IsWon: false, NextStep: null, Name: 'R&D <one>' } }, { type: 'Account', fields: { NumberOfEmployees: 70 } }] });
  expect(JSON.stringify(message)).toContain('"Amount":90071992547409.91');
  expect(JSON.stringify(message)).not.toContain('session');
});

test.each([['another document', '<a/>'], ['no notification', outboundMessage([])], ['no type', outboundMessage([{ type: 'x', fields: {} }]).replace('xsi:type="sf:x"', '')]])('refuses %s where an outbound message is expected', (_what, text) => {
  expect(() => readOutboundMessage(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
});
