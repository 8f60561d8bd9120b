import { isIPv6 } from 'node:net';

/** The key of an address: one household is one caller, so of IPv6 only the network (/64) counts. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const plain = address.split('%')[0] ?? '';
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = new URL(`http://[${plain}]/`).hostname.slice(1, -1).split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':').length : 0;
  const left = tail === undefined ? 0 : 8 - groups.length - after;
  groups.push(...Array<string>(left).fill('0'));
  return `${groups.slice(0, 4).join(':')}::/64`;
}
