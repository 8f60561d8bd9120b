import freeDomains from 'email-providers/all.json' with { type: 'json' };
import { parse } from 'tldts';
import { hostOf } from '../accounts/index.ts';

/** Domains where anybody may have an address; the list is the package `email-providers`. */
const free: ReadonlySet<string> = new Set(freeDomains);

/** Sites on which many companies have a page: two accounts that name one as their website are not one company. */
const sharedSites: ReadonlySet<string> = new Set([
  'about.me', 'bit.ly', 'crunchbase.com', 'facebook.com', 'g2.com', 'github.com', 'gitlab.com', 'glassdoor.com', 'google.com', 'instagram.com', 'linkedin.com', 'linktr.ee', 'medium.com', 'microsoft.com', 'notion.so', 'pinterest.com',
  'slack.com', 'substack.com', 'tiktok.com', 'trustpilot.com', 'twitter.com', 'x.com', 'xing.com', 'yelp.com', 'youtube.com',
]);

/**
 * The domain that one company registered, of a website, a host or the part of an address behind `@`: `acme.co.uk` of
 * `https://shop.acme.co.uk/x`. Null for public suffixes (`co.uk`, `github.io`), free-mail domains, sites that many share, and
 * addresses of machines.
 */
export function corporateDomain(text: string): string | null {
  const { domain, isIp } = parse(hostOf(text), { allowPrivateDomains: true });
  if (domain === null || isIp === true || free.has(domain) || sharedSites.has(domain)) return null;
  return domain;
}

/** The corporate domain of an e-mail address; null where it has none. */
export function domainOfEmail(email: string): string | null {
  const at = email.lastIndexOf('@');
  return at < 1 ? null : corporateDomain(email.slice(at + 1));
}
