import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../free-port.js';
import type { Progress } from '../programs/program.js';
import { classArchive } from './java-command.js';
import { KafkaNode } from './kafka-node.js';
import { newClusterId } from './storage.js';

/** Starts a node once to write down the classes that it loads: later starts take about half the time. */
export async function archiveClasses(folder: string, onProgress: Progress): Promise<void> {
  const directory = mkdtempSync(path.join(folder, 'trial-'));
  const archive = classArchive(folder);
  const ports = { port: await freePort(), controllerPort: await freePort(), securedPort: await freePort() };
  const node = new KafkaNode({
    program: folder,
    directory,
    clusterId: newClusterId(),
    index: 0,
    ports: [ports],
    settings: {},
    flags: [`-XX:ArchiveClassesAtExit=${archive}.new`],
  });
  try {
    await node.start();
    await node.stop();
    renameSync(`${archive}.new`, archive);
  } catch (error) {
    onProgress(`without an archive of classes, so that starts are slower: ${(error as Error).message}`);
  } finally {
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
