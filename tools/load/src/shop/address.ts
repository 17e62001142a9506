import { BlockList, isIP } from 'node:net';
import { LoadError } from '../load.error.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * The shop's address, checked. Load on somebody else's shop is an attack, so one that is not on this machine must be meant.
 * @param isRemoteMeant whether the user has said so
 * @returns without a slash at its end
 * @throws LoadError `LOAD.ADDRESS`, `LOAD.REMOTE_NOT_NAMED`
 */
export function checkAddress(address: string, isRemoteMeant: boolean): string {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new LoadError('LOAD.ADDRESS', `"${address}" is no address of a shop: give one like http://127.0.0.1:3000`);
  }
  if (!isRemoteMeant && !isLoopback(url.hostname)) {
    throw new LoadError(
      'LOAD.REMOTE_NOT_NAMED',
      `${url.host} is not this machine: add --remote if you may put load on the shop there`,
    );
  }
  return url.href.replace(/\/$/, '');
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
