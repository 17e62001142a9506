import { LauncherError } from '../common/launcher-error.js';
import { readShop } from '../data-directory/read-shop.js';

/**
 * Prints a service's environment in the form of `node --env-file`, to run that service by hand (under a debugger) while
 * the shop was started without it: `npm start -- --replicas orders=0`.
 * @throws LauncherError `SHOP.NOT_RUNNING`, `SERVICE.UNKNOWN`
 */
export function showEnvironment(service: string, options: { dataDir: string }): void {
  const environment = readShop(options.dataDir).environments[service];
  if (!environment) throw new LauncherError('SERVICE.UNKNOWN', `there is no service ${service}`);
  for (const [name, value] of Object.entries(environment)) {
    if (name === name.toUpperCase() && name !== 'PATH' && name !== 'HOME') console.log(`${name}=${value}`);
  }
}
