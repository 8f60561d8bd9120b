import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 ranges that are no place on the Internet: this machine, its network, and addresses reserved for other uses (RFC 6890). */
const innerRanges: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24],
  ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
  // The host of virtual machines in Azure, which answers with their credentials.
  ['168.63.129.16', 32],
];
/** IPv6 ranges within 2000::/3 that are no place on the Internet, or that carry an IPv4 address within. */
const innerOfPublic: readonly (readonly [string, number])[] = [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]];

const inner4 = new BlockList();
for (const [net, prefix] of innerRanges) inner4.addSubnet(net, prefix, 'ipv4');
const public6 = new BlockList();
public6.addSubnet('2000::', 3, 'ipv6');
const inner6 = new BlockList();
for (const [net, prefix] of innerOfPublic) inner6.addSubnet(net, prefix, 'ipv6');

/** Whether an IP address is a place on the Internet: not of this machine, its network, its cloud's metadata or a reserved range. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !inner4.check(address, 'ipv4');
  return family === 6 && public6.check(address, 'ipv6') && !inner6.check(address, 'ipv6');
}

/** A host was to be called that stands for an inner address. */
export class InnerAddress extends Error {
  constructor(host: string) {
    super(`${host} stands for an address of this machine or its network, so it is not called.`);
    this.name = 'InnerAddress';
  }
}

/** Resolves host names. */
export type ResolveHost = typeof lookup;

/**
 * A `lookup` for connections that may only go to the Internet. It is asked at each connection, and the connection goes to
 * what it returned, so that a name cannot be checked as one address and reached as another. One inner address among others refuses the name.
 */
export function publicLookup(resolve: ResolveHost = lookup): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error) return done(error, '');
      if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address))) return done(new InnerAddress(host), '');
      return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}
