import { createProblem } from '@looseleaf/service-kit';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SessionError, type SessionErrorCode } from '../domain/session-errors.js';

const STATUS: Readonly<Record<SessionErrorCode, number>> = {
  'SESSION.UNKNOWN': 404,
  'CART.CHANGED': 412,
  'CART.EMPTY': 409,
  'CART.FULL': 409,
  'CHECKOUT.OVERTAKEN': 409,
};

/** Answers with the problem that a refusal is. */
@Catch(SessionError)
export class SessionErrorFilter implements ExceptionFilter<SessionError> {
  catch({ code, message }: SessionError, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = createProblem(STATUS[code], code, message);
    void reply.status(problem.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
  }
}
