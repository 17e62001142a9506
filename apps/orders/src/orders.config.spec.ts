import { ConfigurationError, loadConfig } from '@looseleaf/service-kit';
import { ordersConfigSchema } from './orders.config.js';

const COMPLETE = {
  PORT: '3001',
  MANAGEMENT_PORT: '3002',
  BROKER: 'postgres',
  BROKER_URL: 'postgres://orders:secret@127.0.0.1:5432/broker',
  DATABASE_URL: 'postgres://orders:secret@127.0.0.1:5432/orders',
  CACHE: 'memory',
  REPLICAS: '1',
  ORDER_CACHE: 'write-through',
  INTERNAL_KEY: 'a key of sixteen characters',
};

describe('the configuration', () => {
  it('is complete with these variables', () => {
    expect(loadConfig(ordersConfigSchema, COMPLETE)).toMatchObject({ PORT: 3001, HOST: '127.0.0.1' });
  });

  it('names every fault at once, and no value', () => {
    const load = (): unknown =>
      loadConfig(ordersConfigSchema, {
        ...COMPLETE,
        BROKER: 'carrier-pigeon',
        DATABASE_URL: 'mysql://secret',
        INTERNAL_KEY: '',
      });
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(/3 fault.*INTERNAL_KEY.*DATABASE_URL.*BROKER/s);
    expect(load).not.toThrow(/pigeon|secret/);
  });

  it('has no write-through in the memory of one process among several, where another one commits', () => {
    const load = (settings: object): unknown => loadConfig(ordersConfigSchema, { ...COMPLETE, ...settings });
    expect(() => load({ REPLICAS: '2' })).toThrow(/1 fault.*ORDER_CACHE is not valid: several processes/s);
    expect(() => load({ REPLICAS: '2', INTERNAL_KEY: undefined })).toThrow(/2 fault.*INTERNAL_KEY.*ORDER_CACHE/s);
    expect(load({ REPLICAS: '2', ORDER_CACHE: 'lazy' })).toMatchObject({ REPLICAS: 2, ORDER_CACHE: 'lazy' });
    const shared = { REPLICAS: '2', CACHE: 'redis', REDIS_URL: 'redis://127.0.0.1:6379' };
    expect(load(shared)).toMatchObject({ REPLICAS: 2, ORDER_CACHE: 'write-through' });
  });
});
