import { Resolver } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';
import { isAllowedAddress, isLocalhost, type AddressPolicy } from './address-policy.js';

/** A webhook's host is at an address that it must not be at. */
export class AddressRefusedError extends Error {
  readonly code = 'WEBHOOK.ADDRESS_REFUSED';

  /** @param address not in the message, which the subscriber reads: it would tell who is where in this network */
  constructor(
    host: string,
    readonly address: string,
  ) {
    super(`${host} is in a network that webhooks must not reach`);
  }
}

/** Finds all addresses of a name. */
export type Resolve = (host: string) => Promise<string[]>;

/** Of one server; a lookup ends before the attempt does. */
const DNS = { timeout: 1_500, tries: 2 };

/**
 * Asks the name servers themselves, over sockets. The system's own lookup would go through a pool of four threads, in which
 * four names whose servers do not answer would hold up all others, and would know the names of the local network.
 * @param servers addresses of name servers; default: those of the system
 */
export function createResolve(servers?: readonly string[]): Resolve {
  const resolver = new Resolver(DNS);
  if (servers) resolver.setServers(servers);
  return async (host) => {
    if (isLocalhost(host)) return ['127.0.0.1', '::1'];
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failure = answers.find((answer) => answer.status === 'rejected');
    if (addresses.length === 0 && failure) throw failure.reason as Error;
    return addresses;
  };
}

/**
 * The lookup of an agent: whenever a connection is made, every address of the name is checked and one of those checked is
 * connected to. There is no second lookup in between whose answer could be another one (DNS rebinding).
 */
export function createCheckedLookup(resolve: Resolve, policy: AddressPolicy): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        const refused = addresses.find((address) => !isAllowedAddress(address, policy));
        if (refused !== undefined) return callback(new AddressRefusedError(host, refused), []);
        const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
        if (all) callback(null, found);
        else callback(null, found[0]!.address, found[0]!.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}
