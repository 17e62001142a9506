import { faultOfWebhookUrl, isAllowedAddress } from './address-policy.js';

const internet = { allowLoopback: false };
const oneMachine = { allowLoopback: true };

describe('The addresses that webhooks may go to', () => {
  it.each(['93.184.216.34', '1.1.1.1', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:93.184.216.34'])(
    'include %s, on the Internet',
    (address) => expect(isAllowedAddress(address, internet)).toBe(true),
  );

  it.each([
    ['this network', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['link-local, where clouds keep credentials', '169.254.169.254'],
    ['reserved', '192.0.0.8'],
    ['documentation', '203.0.113.7'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['unique local', 'fd00:ec2::254'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['IPv4 in IPv6', '::ffff:10.0.0.1'],
    ['IPv4 in IPv6, compatible', '::10.0.0.1'],
    ['IPv4 behind NAT64', '64:ff9b::10.0.0.1'],
    ['IPv4 behind 6to4', '2002:0a00:0001::'],
    ['Teredo', '2001:0:0a00:0001::'],
    ['never assigned', '4000::1'],
  ])('exclude %s: %s', (_kind, address) => {
    expect(isAllowedAddress(address, internet)).toBe(false);
    expect(isAllowedAddress(address, oneMachine)).toBe(false);
  });

  it.each(['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'])(
    'include %s only where this machine is allowed',
    (address) => {
      expect(isAllowedAddress(address, internet)).toBe(false);
      expect(isAllowedAddress(address, oneMachine)).toBe(true);
    },
  );
});

describe('The URL of a webhook', () => {
  it.each([
    'https://shop.example/hook?a=b',
    'http://shop.example:8080/',
    'https://93.184.216.34/',
    'https://[2606::1]/',
  ])('may be %s', (url) => expect(faultOfWebhookUrl(url, internet)).toBeUndefined());

  it.each([
    ['not a URL', 'shop.example', /http or https/],
    ['a control character', 'https://shop.example/\0', /control characters/],
    ['another protocol', 'ftp://shop.example/', /http or https/],
    ['a file', 'file:///etc/passwd', /http or https/],
    ['a user', 'https://user@shop.example/', /user or password/],
    ['a password', 'https://:word@shop.example/', /user or password/],
    ['the port of a mail server', 'http://shop.example:25/', /port/],
    ['the port of SSH', 'https://shop.example:22/', /port/],
    ['a private address', 'http://10.0.0.1/', /private network/],
    ['a private address as one number', 'http://167772161/', /private network/],
    ['a private address in octal', 'http://012.0.0.1/', /private network/],
    ['a private address in hexadecimal', 'http://0xa000001/', /private network/],
    ['a short form', 'http://10.1/', /private network/],
    ['full-width digits', 'http://１０.0.0.1/', /private network/],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data', /private network/],
    ['this machine', 'http://127.0.0.1:3000/', /private network/],
    ['this machine by name', 'http://localhost:3000/', /private network/],
    ['this machine by a name below it', 'http://x.localhost./', /private network/],
    ['IPv6', 'http://[::1]/', /private network/],
    ['IPv4 in IPv6', 'http://[::ffff:7f00:1]/', /private network/],
  ])('may not have %s', (_what, url, fault) => expect(faultOfWebhookUrl(url, internet)).toMatch(fault));

  it.each(['http://127.0.0.1:3000/', 'http://localhost:3000/', 'http://[::1]:3000/'])(
    'may be %s where this machine is allowed',
    (url) => expect(faultOfWebhookUrl(url, oneMachine)).toBeUndefined(),
  );
});
