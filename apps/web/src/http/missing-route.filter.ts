import { Catch, NotFoundException, type ArgumentsHost } from '@nestjs/common';
import { ProblemError, ProblemFilter, type Logger } from '@looseleaf/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Which methods an address takes. */
export class KnownRoutes {
  readonly #routes: { pattern: RegExp; methods: readonly string[] }[] = [];

  /** Notes every route that is registered from now on. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(
        `^${url
          .replace(/[.]/g, '\\.')
          .replace(/:[^/]+/g, '[^/]+')
          .replace('*', '.*')}$`,
      );
      this.#routes.push({ pattern, methods: [method].flat() });
    });
  }

  methodsOf(path: string): string[] {
    const methods = this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}

/** Where the router finds nothing: 405 when the address takes other methods, else 404. */
@Catch(NotFoundException)
export class MissingRouteFilter extends ProblemFilter {
  constructor(
    logger: Logger,
    private readonly routes: KnownRoutes,
  ) {
    super(logger);
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    const { url, method } = host.switchToHttp().getRequest<FastifyRequest>();
    const allowed = this.routes.methodsOf(url.split('?', 1)[0]!);
    if (allowed.length === 0 || allowed.includes(method)) {
      super.catch(error, host);
      return;
    }
    const detail = `This address does not take ${method}; it takes ${allowed.join(', ')}.`;
    super.catch(
      new ProblemError(405, 'ROUTE.METHOD_NOT_ALLOWED', detail, { headers: { allow: allowed.join(', ') } }),
      host,
    );
  }
}
