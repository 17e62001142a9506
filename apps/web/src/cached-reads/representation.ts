import type { LazyLoaderOptions } from '@looseleaf/cache';
import { ownerStatusOf } from '../http/cache-status.js';
import { strongETag } from '../http/etag.js';
import type { UpstreamAnswer } from '../upstream/upstream-answer.js';

/** JSON as it is answered, with what is worked out once and not for each reader. */
export interface Representation {
  readonly body: string;
  readonly etag: string;
  /** How the owner of the data served it, when it was asked just now: not kept. */
  readonly ownerStatus?: string;
}

export function toRepresentation(answer: UpstreamAnswer): Representation {
  const { body } = answer;
  const ownerStatus = ownerStatusOf(answer);
  return { body: String(body), etag: strongETag(body), ...(ownerStatus && { ownerStatus }) };
}

/** The tag, a line break, the body: unlike JSON in JSON, nothing has to be escaped, or parsed for each hit. */
export const representationCodec: Required<Pick<LazyLoaderOptions<Representation>, 'encode' | 'decode'>> = {
  encode: ({ etag, body }) => `${etag}\n${body}`,
  decode: (text) => {
    const end = text.indexOf('\n');
    return { etag: text.slice(0, end), body: text.slice(end + 1) };
  },
};
