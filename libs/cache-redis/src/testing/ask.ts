import { Redis } from 'ioredis';

/** Runs one command on a connection of its own. */
export async function ask(url: string, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(url);
  try {
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}
