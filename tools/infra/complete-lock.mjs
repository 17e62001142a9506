// Adds to package-lock.json the optional platform packages that npm left out of it.
//
// A registry may lack packages for other platforms (a mirror that holds only Linux builds answers 404). npm then omits
// them from the lock, and `npm ci` refuses that lock: "Missing: @swc/core-darwin-arm64 from lock file". The entries added
// here are those npm writes elsewhere, without the integrity, which is not known here; npm skips them by os, cpu and libc.
//
//   node tools/infra/complete-lock.mjs [package-lock.json]
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = 'aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows';
const PROCESSORS = 'arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|universal|wasm32|x64';
const LIBRARIES = 'eabi|gnu|gnueabihf|msvc|musl|musleabihf';
const PLATFORM = new RegExp(`(${SYSTEMS})-(${PROCESSORS})(?:-(${LIBRARIES}))?$`);

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = findMissing(lock.packages);
for (const { at, entry } of missing) lock.packages[at] = entry;
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${file}: ${missing.length} platform packages added`);

/** The entries to add: one for each optional dependency that no place in the tree above its dependent holds. */
function findMissing(packages) {
  const found = new Map();
  for (const [dependent, description] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(description.optionalDependencies ?? {})) {
      if (isResolved(packages, dependent, name)) continue;
      const version = range.replace(/^[\^~]/, '');
      const top = `node_modules/${name}`;
      const other = found.get(top);
      const at = other && other.version !== version ? `${dependent}/node_modules/${name}` : top;
      found.set(at, platformEntry(name, version, description.dev === true));
    }
  }
  return [...found].map(([at, entry]) => ({ at, entry }));
}

/** Node's own search: beside the dependent, then in every node_modules above it. */
function isResolved(packages, dependent, name) {
  for (let folder = dependent; ; folder = parentOf(folder)) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

function parentOf(folder) {
  const nested = folder.lastIndexOf('/node_modules/');
  return nested < 0 ? '' : folder.slice(0, nested);
}

function platformEntry(name, version, dev) {
  const platform = PLATFORM.exec(name);
  if (!platform) {
    console.error(
      `${name}@${version} is optional and not in the lock, and its name does not tell its platform: run "npm install" again`,
    );
    process.exit(1);
  }
  const [, system, processor, library] = platform;
  const libc = system === 'linux' && library ? [library.startsWith('musl') ? 'musl' : 'glibc'] : undefined;
  return {
    version,
    cpu: [processor],
    ...(dev && { dev: true }),
    ...(libc && { libc }),
    optional: true,
    os: [system === 'windows' ? 'win32' : system],
  };
}
