import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What is assigned for use on the Internet (RFC 4291, section 2.4, and IANA's registry): 2000::/3. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];
/** Ports below this belong to services that a web request has no business with, 80 and 443 apart. */
const FIRST_FREE_PORT = 1_024;

/** Where webhooks may go: to the Internet, never into the network that this service is in. */
export interface AddressPolicy {
  /** Whether this machine itself is allowed, for a shop that runs on one. */
  readonly allowLoopback: boolean;
}

/** Whether an IP address may be connected to. An IPv4 address in IPv6 clothes counts as what it is. */
export function isAllowedAddress(address: string, { allowLoopback }: AddressPolicy): boolean {
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === 'loopback') return allowLoopback;
  // `unicast` is what is in no special range; for IPv6 that includes most of the space, which nobody was assigned.
  return range === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST_V6));
}

/**
 * What is wrong with a webhook's URL; `undefined` when nothing is. The parser of the URL standard has by then turned
 * decimal, octal, hexadecimal and short forms of an IPv4 address into the usual one. A name says nothing yet: what it
 * stands for is checked whenever a connection is made.
 */
export function faultOfWebhookUrl(text: string, policy: AddressPolicy): string | undefined {
  // The parser leaves out some of them, and nobody means them.
  if (/[\s\p{Cc}]/u.test(text)) return 'must not hold blanks or control characters';
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'must be an http or https URL';
  if (url.username || url.password) return 'must not hold a user or password: the signature says who is calling';
  const port = Number(url.port);
  if (url.port && port !== 80 && port !== 443 && port < FIRST_FREE_PORT) {
    return `must have port 80, 443, or one from ${FIRST_FREE_PORT} on`;
  }
  return isAllowedHost(hostOf(url), policy) ? undefined : 'must not point into a private network';
}

/** The host of a URL without the brackets around an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** Names below `localhost` always stand for this machine (RFC 6761, section 6.3). */
export function isLocalhost(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host);
}

function isAllowedHost(host: string, policy: AddressPolicy): boolean {
  if (isIP(host) !== 0) return isAllowedAddress(host, policy);
  return !isLocalhost(host) || policy.allowLoopback;
}
