import { run } from '../common/run.js';

const REPOSITORY_NAME = 'looseleaf';

/**
 * Builds the image with Docker, its version from git.
 * @returns `looseleaf:<version>`
 */
export async function buildImage(): Promise<string> {
  const version = (await run('git', ['describe', '--always', '--tags', '--dirty'])).trim();
  const image = `${REPOSITORY_NAME}:${version}`;
  await run('docker', ['build', '--file', 'docker/Dockerfile', '--tag', image, '.'], { show: true });
  return image;
}
