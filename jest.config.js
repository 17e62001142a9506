import { existsSync, readdirSync } from 'node:fs';

/** `@looseleaf/<name>` → its source, so that tests need no build. */
function workspacePackages() {
  return Object.fromEntries(
    ['libs', 'tools', 'apps'].flatMap((folder) =>
      readdirSync(new URL(folder, import.meta.url))
        .filter((name) => existsSync(new URL(`${folder}/${name}/package.json`, import.meta.url)))
        .map((name) => [`^@looseleaf/${name}$`, `<rootDir>/${folder}/${name}/src/index.ts`]),
    ),
  );
}

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Those with "cluster" in their names need one: `npm run test:cluster`.
  testMatch: ['<rootDir>/{libs,apps,tools}/*/src/**/*.spec.ts', '!**/*.cluster.spec.ts'],
  // Ends what hangs. It measures nothing: a busy machine takes several times as long as a quiet one.
  testTimeout: 300_000,
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/\\.looseleaf', '<rootDir>/\\.nx/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    ...workspacePackages(),
    '^@looseleaf/messaging/adapter$': '<rootDir>/libs/messaging/src/adapter/index.ts',
    '^@looseleaf/messaging/nest$': '<rootDir>/libs/messaging/src/nest/index.ts',
    '^@looseleaf/service-kit/program$': '<rootDir>/libs/service-kit/src/program.ts',
    '^@looseleaf/messaging/conformance$': '<rootDir>/libs/messaging/src/conformance/index.ts',
    '^@looseleaf/cache/conformance$': '<rootDir>/libs/cache/src/conformance/index.ts',
    '^@looseleaf/cache/testing$': '<rootDir>/libs/cache/src/testing/index.ts',
    '^@looseleaf/cache-redis/url$': '<rootDir>/libs/cache-redis/src/redis-url.ts',
    '^@looseleaf/object-store/s3$': '<rootDir>/libs/object-store/src/s3/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};
