import path from 'node:path';
import { freePort } from '@looseleaf/infra';
import { builtFile, type ShopPaths } from '../data-directory/shop-paths.js';
import { processEnvironment, type Wiring } from './service-environment.js';
import type { ServiceSpecification } from './service-process.js';

const NAME = 'mail';

/** What the mail catcher is started with: the server to which the shop hands its mail, and which shows it. */
export async function specifyMailCatcher(wiring: Wiring, paths: ShopPaths): Promise<ServiceSpecification> {
  const { ports } = wiring;
  const managementPort = await freePort();
  return {
    name: NAME,
    replica: 1,
    program: builtFile('tools', 'mail-catcher', 'main.js'),
    environment: {
      ...processEnvironment(wiring, { port: ports.mail, managementPort }),
      SMTP_PORT: String(ports.smtp),
      MAIL_DIRECTORY: paths.mail,
    },
    managementUrl: `http://127.0.0.1:${managementPort}`,
    logFile: path.join(paths.logs, `${NAME}.log`),
  };
}
