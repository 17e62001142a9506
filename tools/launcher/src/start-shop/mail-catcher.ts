import { freePort } from '@looseleaf/infra';
import { builtFile } from '../data-directory/shop-paths.js';
import { processEnvironment, type ProcessSettings } from './service-environment.js';
import type { ServiceSpecification } from './service-process.js';

const NAME = 'mail';

export interface MailCatcherOptions extends ProcessSettings {
  /** It takes mail at one, and shows it at the other. */
  readonly ports: { readonly smtp: number; readonly mail: number };
  /** Where the mail is kept. */
  readonly directory: string;
  readonly logFile: string;
}

/** What the mail catcher is started with: the server to which the shop hands its mail, and which shows it. */
export async function specifyMailCatcher(options: MailCatcherOptions): Promise<ServiceSpecification> {
  const { ports, directory, logFile } = options;
  const managementPort = await freePort();
  return {
    name: NAME,
    replica: 1,
    program: builtFile('tools', 'mail-catcher', 'main.js'),
    environment: {
      ...processEnvironment(options, { port: ports.mail, managementPort }),
      SMTP_PORT: String(ports.smtp),
      MAIL_DIRECTORY: directory,
    },
    managementUrl: `http://127.0.0.1:${managementPort}`,
    logFile,
  };
}
