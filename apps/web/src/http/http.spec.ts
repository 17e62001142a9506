import * as fc from 'fast-check';
import { z } from 'zod';
import { matchesETag, strongETag } from './etag.js';
import { coded, invalid } from './faults.js';
import { preferredWaitSeconds } from './prefer.js';
import { storableText } from './text.schema.js';

describe('The wait of a Prefer header', () => {
  it.each([
    ['wait=10', 10],
    ['respond-async, wait=10', 10],
    ['WAIT = "5" ; x=y', 5],
    ['wait=0', 0],
    ['wait=3600', 29],
    ['await=10', undefined],
    ['wait=ten', undefined],
    ['wait=-1', undefined],
    ['return=minimal', undefined],
    [undefined, undefined],
  ])('of %s is %s', (header, seconds) => {
    expect(preferredWaitSeconds(header)).toBe(seconds);
  });
});

describe('An entity tag', () => {
  it('is the same for the same bytes, and another for others', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        const same = Buffer.compare(one, other) === 0;
        expect(strongETag(Buffer.from(one)) === strongETag(Buffer.from(other))).toBe(same);
      }),
    );
  });

  it('is found among those that a client names', () => {
    expect(['"a"', 'W/"a"', '"b", "a"', '*'].map((header) => matchesETag(header, '"a"'))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['"b"', 'a', '', undefined].map((header) => matchesETag(header, '"a"'))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('Text that every store can keep', () => {
  it('is any text without control characters and unpaired surrogates', () => {
    const text = storableText(1_000);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), (value) => {
        const storable = !/[\p{Cc}\p{Cs}]/u.test(value);
        expect(text.safeParse(value).success).toBe(storable);
      }),
    );
    expect(['\u0000', 'a\ud83d', '\udcf5a', '\n', ''].map((value) => text.safeParse(value).success)).not.toContain(
      true,
    );
    expect(['🖊', 'Füller', ' '].map((value) => text.safeParse(value).success)).not.toContain(false);
  });
});

describe('The problem of an invalid request', () => {
  const schema = z.object({
    'a/b~c': z.string(),
    list: z.array(z.int()).min(1, coded('LIST.EMPTY', 'it needs one')).max(1_000),
  });
  const problem = (value: unknown) => invalid(schema.safeParse(value).error?.issues ?? []);

  it('has the code of its fault when that has one', () => {
    expect(problem({ 'a/b~c': '', list: [] })).toMatchObject({
      status: 400,
      code: 'LIST.EMPTY',
      errors: [{ pointer: '/list', detail: 'it needs one' }],
    });
  });

  it('has a general code when there are several kinds of faults, and names all of them', () => {
    expect(problem({ list: [] })).toMatchObject({
      code: 'REQUEST.INVALID',
      errors: [{ pointer: '/a~1b~0c' }, { pointer: '/list' }],
    });
  });

  it('says how many faults there are, and lists a hundred at most', () => {
    const { message, errors } = problem({ 'a/b~c': '', list: Array.from({ length: 500 }, () => 'x') });
    expect(message).toContain('500 faults');
    expect(errors).toHaveLength(100);
  });
});
