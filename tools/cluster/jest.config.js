import path from 'node:path';
import root from '../../jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...root,
  rootDir: path.resolve(import.meta.dirname, '../..'),
  testMatch: ['<rootDir>/tools/cluster/src/**/*.cluster.spec.ts'],
  // By name: they share one installation, which the first makes and the last removes.
  testSequencer: '<rootDir>/tools/cluster/by-name.sequencer.cjs',
  testTimeout: 600_000,
};
