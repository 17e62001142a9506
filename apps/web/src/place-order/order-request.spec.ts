import { placeOrder } from '@looseleaf/contracts';
import * as fc from 'fast-check';
import { orderRequest } from './order-request.schema.js';
import { digestOf } from './request-digest.js';

const line = fc.record(
  {
    sku: fc.string({ minLength: 1, maxLength: 64 }),
    quantity: fc.integer({ min: 1, max: 10_000 }),
    seenUnitPriceMinor: fc.nat(),
  },
  { requiredKeys: ['sku', 'quantity'] },
);
const order = fc.record(
  {
    customerId: fc.string({ minLength: 1, maxLength: 255 }),
    email: fc.emailAddress(),
    lines: fc.array(line, { minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: ['lines'] },
);

describe('An order request', () => {
  it('that is valid makes a valid command, which need not be checked again', () => {
    fc.assert(
      fc.property(fc.oneof(order, fc.object()), (body) => {
        const { success, data } = orderRequest.safeParse(body);
        if (!success) return;
        const command = {
          orderId: '01a1fdba-5c28-8000-9fd2-3adef6f74caa',
          ...data,
          acceptedAt: '2026-11-21T10:50:11.368Z',
        };
        expect(placeOrder.schema.parse(command)).toEqual(command);
      }),
    );
  });

  it('keeps only the fields that it knows', () => {
    const body = JSON.parse(
      '{"lines":[{"sku":"a","quantity":1,"unitPriceMinor":1}],"__proto__":{"admin":true},"state":"confirmed"}',
    );
    expect(orderRequest.parse(body)).toEqual({ lines: [{ sku: 'a', quantity: 1 }] });
  });
});

describe('The digest of an order request', () => {
  it('is the same for the same order and another for any other', () => {
    fc.assert(
      fc.property(order, order, (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(digestOf(one) === digestOf(other)).toBe(same);
        expect(digestOf(JSON.parse(JSON.stringify(one)))).toBe(digestOf(one));
      }),
    );
  });

  it('does not depend on the order of the fields, and does on the order of the lines', () => {
    const [a, b] = [
      { sku: 'a', quantity: 1 },
      { quantity: 1, sku: 'b' },
    ];
    expect(digestOf({ lines: [{ quantity: 1, sku: 'a' }], customerId: 'c' })).toBe(
      digestOf({ customerId: 'c', lines: [a] }),
    );
    expect(digestOf({ lines: [a, b] })).not.toBe(digestOf({ lines: [b, a] }));
    expect(digestOf({ lines: [a] })).toMatch(/^[\w-]{43}$/);
  });
});

function sorted({
  customerId,
  email,
  lines,
}: {
  customerId?: string;
  email?: string;
  lines: Partial<Record<string, unknown>>[];
}): unknown {
  return [customerId, email, lines.map(({ sku, quantity, seenUnitPriceMinor }) => [sku, quantity, seenUnitPriceMinor])];
}
