import { Inject, Injectable } from '@nestjs/common';
import type { AdmittedUpload, UploadReceiver } from '@looseleaf/object-store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UPLOAD_RECEIVER } from '../web.tokens.js';
import { uploadProblem } from './upload-problems.js';

/** Where files are put, before their keys. */
export const UPLOADS_PATH = '/v1/uploads';
/** Keys of uploads have two segments. */
export const UPLOAD_ROUTE = `${UPLOADS_PATH}/:collection/:name`;

/** Refuses a PUT by its head: an upload that is not allowed is not read, nor is its type looked at as that of JSON. */
@Injectable()
export class UploadGate {
  readonly #admitted = new WeakMap<FastifyRequest, AdmittedUpload>();

  constructor(@Inject(UPLOAD_RECEIVER) private readonly receiver: UploadReceiver) {}

  /** Stands before everything else that deals with the request. */
  stand(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      if (route.url === UPLOAD_ROUTE && route.method === 'PUT') route.onRequest = (request) => this.#admit(request);
    });
  }

  /** What the request was admitted for. */
  admitted(request: FastifyRequest): AdmittedUpload {
    const upload = this.#admitted.get(request);
    if (!upload) throw new TypeError(`${request.method} ${request.url} did not come through the gate`);
    return upload;
  }

  async #admit(request: FastifyRequest): Promise<void> {
    const { collection, name } = request.params as { collection: string; name: string };
    const { 'content-type': contentType, 'content-length': length } = request.headers;
    try {
      const upload = await this.receiver.admit({
        key: `${collection}/${name}`,
        parameters: request.query as Record<string, unknown>,
        contentType,
        contentLength: length === undefined ? undefined : Number(length),
      });
      this.#admitted.set(request, upload);
    } catch (error) {
      throw uploadProblem(error);
    }
  }
}
