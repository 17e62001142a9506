import type { FastifyReply, FastifyRequest } from 'fastify';
import { isJson, relay } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { matchesETag, strongETag } from './etag.js';

/**
 * Gets something from its owner and answers with it so that browsers and edge caches may keep it: `Cache-Control`, a
 * strong `ETag`, and 304 when the client has it already.
 * @throws what {@link Upstream.get} and {@link relay} throw
 */
export async function relayCacheable(
  upstream: Upstream,
  path: string,
  { request, reply, maxAgeSeconds }: { request: FastifyRequest; reply: FastifyReply; maxAgeSeconds: number },
): Promise<void> {
  const answer = await upstream.get(path);
  if (!isJson(answer)) {
    relay(upstream, answer, reply);
    return;
  }
  const etag = strongETag(answer.body);
  void reply.header('etag', etag).header('cache-control', `public, max-age=${maxAgeSeconds}`);
  if (matchesETag(request.headers['if-none-match'], etag)) void reply.status(304).send();
  else relay(upstream, answer, reply);
}
