import path from 'node:path';
import { isExecutable, onPath, type Installer, type Program } from '../programs/program.js';
import { withGo, withGoModule } from '../programs/with-go.js';

/** Helm itself: lint and rendering. */
export const helmProgram = goProgram('helm', '4.3.1', withGo('helm.sh/helm/v4/cmd/helm@v4.3.1', 'helm'));

/** Checks manifests against schemas of the API (github.com/yannh/kubeconform). */
export const kubeconformProgram = goProgram(
  'kubeconform',
  '0.8.0',
  withGo('github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0', 'kubeconform'),
);

/** Says what is unwise in manifests (github.com/zegl/kube-score). */
export const kubeScoreProgram = goProgram(
  'kube-score',
  '1.20.0',
  withGo('github.com/zegl/kube-score/cmd/kube-score@v1.20.0', 'kube-score'),
);

/** Runs the tests that lie beside a chart (github.com/helm-unittest/helm-unittest). */
export const helmUnittestProgram = goProgram(
  'helm-unittest',
  '1.1.2',
  withGoModule('github.com/helm-unittest/helm-unittest@v1.1.2', './cmd/helm-unittest', 'helm-unittest'),
);

function goProgram(name: string, version: string, installer: Installer): Program {
  return {
    name: `${name}-${version}`,
    find: (folder) => onPath(name) ?? [path.join(folder, name)].find(isExecutable),
    installers: [installer],
    advice: `Install Go 1.26 or newer (https://go.dev/dl), or put ${name} ${version} on PATH.`,
  };
}
