import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const POLL_MS = 200;

/** Runs the work while no other process runs work under the same lock file. */
export async function withLock(file, work) {
  await acquire(file);
  // A killed process leaves the file behind; its number in it tells the next one so.
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

async function acquire(file) {
  let announced = false;
  for (;;) {
    if (create(file)) return;
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(file, { force: true });
      // Two that find the same dead holder may each remove the other's new file: the one whose file stays has the lock.
      if (create(file) && (await sleep(POLL_MS), readHolder(file) === process.pid)) return;
      continue;
    }
    if (!announced) console.error(`Process ${holder} is installing or building: waiting …`);
    announced = true;
    await sleep(POLL_MS);
  }
}

/** Appears with its content at once, or not at all when it exists. */
function create(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
