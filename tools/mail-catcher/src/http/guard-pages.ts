import { createProblem } from '@looseleaf/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const HEADERS = {
  // Mail is written by strangers: nothing in it is run, loaded, framed or guessed.
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
const LOCAL_NAMES = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Adds security headers to every answer, and refuses requests that came here under another name than this machine's or
 * one of `networkNames`: so does a page of a stranger whose name was made to point here (DNS rebinding), to read the mail.
 */
export function guardPages(app: NestFastifyApplication, networkNames: readonly string[]): void {
  const names = [...LOCAL_NAMES, ...networkNames];
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(HEADERS);
    if (names.includes(request.hostname)) return done();
    const problem = createProblem(421, 'HOST.FOREIGN', `This server is called ${names.join(', ')}.`);
    void reply.status(421).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
  });
}
