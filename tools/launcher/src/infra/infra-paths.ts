import path from 'node:path';
import { REPOSITORY } from '../data-directory/shop-paths.js';

export const DEFAULT_INFRA_DIRECTORY = path.join(REPOSITORY, '.looseleaf-infra');

/** Where servers without a shop keep what they have. */
export interface InfraPaths {
  readonly root: string;
  readonly state: string;
  /** Names the launcher that uses the directory. */
  readonly claim: string;
  readonly mail: string;
  readonly mailLog: string;
}

export function infraPaths(dataDirectory: string): InfraPaths {
  const root = path.resolve(dataDirectory);
  return {
    root,
    state: path.join(root, 'infra.json'),
    claim: path.join(root, 'launcher.lock'),
    mail: path.join(root, 'mail'),
    mailLog: path.join(root, 'mail.log'),
  };
}
