import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '../eventually.js';
import { isPortFree } from '../free-port.js';
import { answersApiVersions } from './api-versions.js';
import { startKafka } from './kafka-cluster.js';

const START_MS = 180_000;

describe('startKafka', () => {
  it(
    'starts one node, which can be frozen, and keeps its data over a SIGKILL and over a stop when the folder is given',
    async () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
      const cluster = await startKafka({ directory });
      try {
        const [node] = cluster.nodes;
        expect(cluster.bootstrapServers).toEqual([`127.0.0.1:${node!.port}`]);
        expect(await answersApiVersions(node!.port)).toBe(true);
        await node!.kill('SIGSTOP');
        expect(await answersApiVersions(node!.port)).toBe(false);
        await node!.kill('SIGCONT');
        await eventually(async () => expect(await answersApiVersions(node!.port)).toBe(true));
        await node!.kill();
        expect(node!.pid).toBe(0);
        await node!.start();
        expect(await answersApiVersions(node!.port)).toBe(true);
      } finally {
        await cluster.stop();
      }
      await expect(startKafka({ directory, nodes: 3 })).rejects.toMatchObject({ code: 'KAFKA.OTHER_NODES' });
      const again = await startKafka({ directory });
      await again.stop();
      expect(await isPortFree(again.nodes[0]!.port)).toBe(true);
      rmSync(directory, { recursive: true });
    },
    START_MS,
  );

  it(
    'starts three nodes, of which two go on without the third',
    async () => {
      const cluster = await startKafka({ nodes: 3 });
      try {
        await cluster.nodes[1]!.kill();
        for (const { port } of [cluster.nodes[0]!, cluster.nodes[2]!]) {
          await eventually(async () => expect(await answersApiVersions(port)).toBe(true));
        }
        await cluster.start();
        expect(await answersApiVersions(cluster.nodes[1]!.port)).toBe(true);
      } finally {
        await cluster.stop();
      }
      expect(cluster.nodes.map(({ pid }) => pid)).toEqual([0, 0, 0]);
    },
    START_MS,
  );
});
