import type { Readable } from 'node:stream';
import { ObjectStoreError } from '@looseleaf/object-store';
import { ProblemError } from '@looseleaf/service-kit';
import { incomplete, objectStoreAway } from '../http/object-store-problems.js';

const NEW_ADDRESS = 'Ask POST /v1/stock-files/uploads for a new address';

/**
 * What a PUT is answered when the object store refuses it, or its content breaks off; any other error stays as it is.
 * @param content unless it was not looked at
 */
export function uploadProblem(error: unknown, content?: Readable): unknown {
  // A request that was read to its end is destroyed too, so that alone does not say that it broke off.
  if (!(error instanceof ObjectStoreError)) return content?.destroyed ? incomplete(error) : error;
  const { message, code } = error;
  switch (code) {
    case 'UPLOAD.SIGNATURE':
    case 'OBJECT.KEY_INVALID':
      return problem(403, 'UPLOAD.SIGNATURE', `This address was not issued here, or was changed. ${NEW_ADDRESS}.`);
    case 'UPLOAD.EXPIRED':
      return problem(403, code, `This is too late: ${message}. ${NEW_ADDRESS}.`);
    case 'UPLOAD.MEDIA_TYPE':
      return problem(415, 'REQUEST.MEDIA_TYPE', `This Content-Type does not fit: ${message}.`);
    case 'OBJECT.TOO_LARGE':
      return problem(
        413,
        'UPLOAD.TOO_LARGE',
        `This is more than the address was asked for: ${message}. ${NEW_ADDRESS}.`,
      );
    case 'OBJECT.WRONG_SIZE':
      return problem(400, 'UPLOAD.WRONG_SIZE', `This is less than the address was asked for: ${message}.`);
    case 'OBJECT.EXISTS':
      return problem(409, 'UPLOAD.DONE', `A file arrived here before, and is kept. ${NEW_ADDRESS} to send another.`);
    case 'OBJECT.UNAVAILABLE':
      return objectStoreAway(error);
    case 'OBJECT.NOT_FOUND':
      return error;
  }
}

function problem(status: number, code: string, detail: string): ProblemError {
  return new ProblemError(status, code, detail);
}
