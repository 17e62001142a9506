import { isBearer } from './bearer.js';
import { jsonPointer, ProblemError } from './problem.js';

describe('A problem', () => {
  it('is an RFC 9457 object with a stable code', () => {
    const problem = new ProblemError(422, 'IDEMPOTENCY.KEY_REUSED', 'Use another key.', {
      errors: [{ pointer: '/lines', detail: 'differs' }],
    });
    expect(problem.toProblem()).toEqual({
      type: 'about:blank',
      title: 'Unprocessable Entity',
      status: 422,
      code: 'IDEMPOTENCY.KEY_REUSED',
      detail: 'Use another key.',
      errors: [{ pointer: '/lines', detail: 'differs' }],
    });
  });

  it('points into the body as RFC 6901 says', () => {
    expect(jsonPointer(['lines', 0, 'a/b~c'])).toBe('/lines/0/a~1b~0c');
  });
});

describe('A bearer key', () => {
  it('is accepted only when it is the whole and exact key', () => {
    expect(isBearer('Bearer secret', 'secret')).toBe(true);
    expect(isBearer('bearer secret', 'secret')).toBe(true);
    expect(isBearer('Bearer secret2', 'secret')).toBe(false);
    expect(isBearer('Bearer SECRET', 'secret')).toBe(false);
    expect(isBearer('Basic secret', 'secret')).toBe(false);
    expect(isBearer('secret', 'secret')).toBe(false);
    expect(isBearer(undefined, 'secret')).toBe(false);
  });
});
