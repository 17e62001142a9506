import { STATUS_CODES } from 'node:http';

/** One fault of a request: where (RFC 6901 pointer into the body, or a parameter's name) and what. */
export interface ProblemDetail {
  readonly pointer: string;
  readonly detail: string;
}

/** The body of an `application/problem+json` answer (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Stable, `AREA.REASON`. */
  readonly code: string;
  /** What was wrong and what to do. */
  readonly detail: string;
  readonly errors?: readonly ProblemDetail[];
}

export interface ProblemOptions extends ErrorOptions {
  readonly errors?: readonly ProblemDetail[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that already knows its HTTP answer; thrown at the edge only. */
export class ProblemError extends Error {
  readonly errors: readonly ProblemDetail[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    { errors, headers, ...options }: ProblemOptions = {},
  ) {
    super(detail, options);
    this.name = 'ProblemError';
    this.errors = errors;
    this.headers = headers ?? {};
  }

  toProblem(): Problem {
    return createProblem(this.status, this.code, this.message, this.errors);
  }
}

export function createProblem(
  status: number,
  code: string,
  detail: string,
  errors?: readonly ProblemDetail[],
): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors && { errors }),
  };
}

/** RFC 6901 pointer of a path: `['lines', 0, 'sku']` → `/lines/0/sku`. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
