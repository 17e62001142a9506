import type { FastifyInstance } from 'fastify';

/** For an API: nothing of an answer is to be guessed, run or framed. */
const API_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
/** The documentation is a page, with its own scripts and styles. */
const PAGE_HEADERS = {
  ...API_HEADERS,
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** Adds security headers to every answer. @param pagesUnder the path below which there are pages for browsers */
export function addSecurityHeaders(fastify: FastifyInstance, pagesUnder: string): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(request.url.startsWith(pagesUnder) ? PAGE_HEADERS : API_HEADERS);
    done();
  });
}
