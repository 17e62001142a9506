import { jsonPointer, ProblemError, type ProblemDetail } from '@looseleaf/service-kit';

const DEFAULT_CODE = 'REQUEST.INVALID';
const CODED = /^([A-Z][A-Z_]*\.[A-Z_]+): (.*)$/s;
/** A body can hold more faults than anyone reads, and each costs bytes of the answer. */
const MAX_FAULTS = 100;

/** What a Standard Schema says of one fault. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A schema's message that carries the problem code which the fault stands for. */
export function coded(code: `${string}.${string}`, detail: string): string {
  return `${code}: ${detail}`;
}

/**
 * The 400 for what a schema found: each fault with its place. The code is the faults' own when they agree on one, else
 * `REQUEST.INVALID`.
 * @param place turns a path of the schema into the place of the fault; by default a JSON pointer into the body
 */
export function invalid(issues: readonly Issue[], place: (path: PropertyKey[]) => string = jsonPointer): ProblemError {
  const codes = new Set<string>();
  const errors: ProblemDetail[] = issues.slice(0, MAX_FAULTS).map(({ message, path = [] }) => {
    const [, code = DEFAULT_CODE, detail = message] = CODED.exec(message) ?? [];
    codes.add(code);
    return { pointer: place(path.map((segment) => (typeof segment === 'object' ? segment.key : segment))), detail };
  });
  const [first = DEFAULT_CODE] = codes;
  const count = issues.length === 1 ? 'a fault' : `${issues.length} faults`;
  const detail = `The request has ${count}; correct what "errors" lists and send it again.`;
  return new ProblemError(400, codes.size === 1 ? first : DEFAULT_CODE, detail, { errors });
}
