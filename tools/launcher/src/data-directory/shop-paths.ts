import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

export const DEFAULT_DATA_DIRECTORY = path.join(REPOSITORY, '.looseleaf');

/** Where one shop keeps what it has. */
export interface ShopPaths {
  readonly root: string;
  readonly secrets: string;
  /** Holds nothing but the key, for scripts. */
  readonly operatorKey: string;
  readonly state: string;
  /** Names the launcher that uses the directory. */
  readonly claim: string;
  readonly logs: string;
  readonly postgres: string;
  readonly objects: string;
  readonly mail: string;
}

export function shopPaths(dataDirectory: string): ShopPaths {
  const root = path.resolve(dataDirectory);
  return {
    root,
    secrets: path.join(root, 'secrets.json'),
    operatorKey: path.join(root, 'operator-key'),
    state: path.join(root, 'state.json'),
    claim: path.join(root, 'launcher.lock'),
    logs: path.join(root, 'logs'),
    postgres: path.join(root, 'postgres'),
    objects: path.join(root, 'objects'),
    mail: path.join(root, 'mail'),
  };
}

/** The program of a workspace package, as built. */
export function builtFile(folder: 'apps' | 'tools', name: string, file: string): string {
  return path.join(REPOSITORY, folder, name, 'dist', file);
}
