import { checkAddress } from './address.js';

describe('The address of a shop', () => {
  it.each([
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://127.8.8.8/', 'http://127.8.8.8'],
    ['http://localhost:3000/', 'http://localhost:3000'],
    ['https://[::1]:8443/shop/', 'https://[::1]:8443/shop'],
    // URLs know several ways to write an address.
    ['http://2130706433:3000', 'http://127.0.0.1:3000'],
  ])('may be on this machine: %s', (address, expected) => {
    expect(checkAddress(address, false)).toBe(expected);
  });

  it.each([
    'http://shop.example',
    'http://10.0.0.1',
    'http://localhost.shop.example',
    'http://[2001:db8::1]',
    'http://0.0.0.0',
  ])('may be elsewhere only when that is said: %s', (address) => {
    expect(() => checkAddress(address, false)).toThrow(
      expect.objectContaining({ code: 'LOAD.REMOTE_NOT_NAMED', message: expect.stringContaining('--remote') }),
    );
    expect(checkAddress(address, true)).toBe(address);
  });

  it.each(['127.0.0.1:3000', 'ftp://127.0.0.1', 'http://127.0.0.1/?a=1', 'http://user@127.0.0.1', 'shop', ''])(
    'is one of HTTP: not %j',
    (address) => {
      expect(() => checkAddress(address, true)).toThrow(expect.objectContaining({ code: 'LOAD.ADDRESS' }));
    },
  );
});
