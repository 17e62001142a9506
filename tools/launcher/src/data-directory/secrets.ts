import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../common/write-file.js';
import type { ShopPaths } from './shop-paths.js';

/** Database roles that log in. `broker` owns the broker's schema; the others belong to the service of that name. */
export const ROLES = ['broker', 'web', 'orders', 'inventory', 'sessions', 'notifier'] as const;
export type RoleName = (typeof ROLES)[number];

/** Generated once for a data directory and kept: signed ids and roles outlive a restart. */
export interface Secrets {
  readonly rolePasswords: Readonly<Record<RoleName, string>>;
  /** What operators send as `Authorization: Bearer`. */
  readonly operatorKey: string;
  /** Signs the ids that the web tier issues. */
  readonly idSecret: string;
  /** What services send to each other's internal HTTP APIs. */
  readonly internalKey: string;
  /** Signs the addresses to which files are uploaded. */
  readonly uploadSecret: string;
  /** Encrypts the secrets of webhooks where they are stored. */
  readonly webhookKey: string;
}

/** Reads the secrets, and makes those that are missing. The files are readable by their user only. */
export function ensureSecrets(paths: ShopPaths): Secrets {
  const known: Partial<Secrets> = existsSync(paths.secrets) ? readSecrets(paths) : {};
  const rolePasswords = Object.fromEntries(
    ROLES.map((role) => [role, known.rolePasswords?.[role] ?? generate()]),
  ) as Record<RoleName, string>;
  const secrets: Secrets = {
    rolePasswords,
    operatorKey: known.operatorKey ?? generate(),
    idSecret: known.idSecret ?? generate(),
    internalKey: known.internalKey ?? generate(),
    uploadSecret: known.uploadSecret ?? generate(),
    webhookKey: known.webhookKey ?? generate(),
  };
  replaceFile(paths.secrets, `${JSON.stringify(secrets, null, 2)}\n`);
  replaceFile(paths.operatorKey, `${secrets.operatorKey}\n`);
  return secrets;
}

export function readSecrets(paths: ShopPaths): Secrets {
  return JSON.parse(readFileSync(paths.secrets, 'utf8')) as Secrets;
}

/** 256 bits, safe in URLs and headers. */
function generate(): string {
  return randomBytes(32).toString('base64url');
}
