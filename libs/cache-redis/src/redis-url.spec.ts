import { parseRedisUrl, type RedisAddress } from './redis-url.js';

describe('The URL of a Redis', () => {
  it.each<[string, Partial<RedisAddress>]>([
    ['redis://localhost', { kind: 'standalone', nodes: [{ host: 'localhost', port: 6379 }], tls: false, database: 0 }],
    [
      'redis://app:s%40fe@10.0.0.7:7000/3',
      { username: 'app', password: 's@fe', nodes: [{ host: '10.0.0.7', port: 7000 }], database: 3 },
    ],
    ['rediss://:secret@cache.example', { tls: true, password: 'secret' }],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    [
      'redis+sentinel://:secret@one,two:26380/primary/2?sentinel-password=s%2Bp',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'one', port: 26379 },
          { host: 'two', port: 26380 },
        ],
        masterName: 'primary',
        password: 'secret',
        sentinelPassword: 's+p',
        database: 2,
      },
    ],
    [
      'rediss+cluster://app:secret@one:7000,two:7001',
      {
        kind: 'cluster',
        nodes: [
          { host: 'one', port: 7000 },
          { host: 'two', port: 7001 },
        ],
        tls: true,
      },
    ],
  ])('says where it is: %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['http://localhost', 'none of these forms'],
    ['localhost:6379', 'none of these forms'],
    ['redis://', 'none of these forms'],
    ['redis://one,two', 'several hosts need'],
    ['redis://host:0', '"host:0" is no host[:port]'],
    ['redis://host:70000', '"host:70000" is no host[:port]'],
    ['redis://host/cache', '"cache" is no number of a database'],
    ['redis://host?db=1', 'it has no parameter "db"'],
    ['redis+sentinel://one,two', 'a sentinel needs the name of the master'],
    ['redis+cluster://one/1', 'a cluster has neither names nor databases'],
    ['redis://:100%@host', 'a % in it does not begin an escape sequence'],
  ])('is refused with what is wrong: %s', (url, fault) => {
    expect(() => parseRedisUrl(url)).toThrow(TypeError);
    expect(() => parseRedisUrl(url)).toThrow(fault);
  });

  it('is refused without telling its passwords', () => {
    for (const url of [
      'redis://:hush@host:0',
      'redis://app:hush@host/x',
      'redis:/app:hush@host',
      'redis://:hu%sh@host',
    ]) {
      expect(() => parseRedisUrl(url)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hu') }));
    }
  });
});
