import { ConfigurationError, loadConfig } from '@looseleaf/service-kit';
import { ordersConfigSchema } from './orders.config.js';

const COMPLETE = {
  PORT: '3001',
  MANAGEMENT_PORT: '3002',
  BROKER: 'postgres',
  BROKER_URL: 'postgres://orders:secret@127.0.0.1:5432/broker',
  DATABASE_URL: 'postgres://orders:secret@127.0.0.1:5432/orders',
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
    expect(load).toThrow(/3 fault.*BROKER.*DATABASE_URL.*INTERNAL_KEY/s);
    expect(load).not.toThrow(/pigeon|secret/);
  });
});
