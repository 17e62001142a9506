import { parseCaching, planCaching } from './caching-plan.js';
import { ONE_OF_EACH } from './service-plan.js';

describe('Caching', () => {
  it('is write-through at the owners and lazy at the front unless it is chosen otherwise', () => {
    const { variables, notes } = planCaching({}, ONE_OF_EACH, 'memory');
    expect(variables).toMatchObject({
      web: { CATALOGUE_CACHE: 'lazy', CART_CACHE: 'near' },
      orders: { ORDER_CACHE: 'write-through' },
      inventory: { STOCK_CACHE: 'write-through' },
    });
    expect(notes).toEqual([]);
    const chosen = planCaching(parseCaching('catalogue=none, stock=lazy'), ONE_OF_EACH, 'memory').variables;
    expect([chosen.web, chosen.inventory, chosen.orders]).toMatchObject([
      { CATALOGUE_CACHE: 'none' },
      { STOCK_CACHE: 'lazy' },
      { ORDER_CACHE: 'write-through' },
    ]);
  });

  it('is left out where several processes would each write through a memory of their own, and says so', () => {
    const { variables, notes } = planCaching({}, { ...ONE_OF_EACH, orders: 3, web: 2 }, 'memory');
    expect([variables.orders, variables.web]).toMatchObject([{ ORDER_CACHE: 'none' }, { CATALOGUE_CACHE: 'lazy' }]);
    expect(notes).toEqual([
      '3 processes of orders do not share their memory: ORDER_CACHE=none instead of write-through.',
    ]);
    expect(planCaching({ order: 'lazy' }, { ...ONE_OF_EACH, orders: 3 }, 'memory').variables.orders).toEqual({
      ORDER_CACHE: 'lazy',
    });
  });

  it('is write-through also for several processes when they share it, and hot items are near', () => {
    const { variables, notes } = planCaching({ stock: 'write-through' }, { ...ONE_OF_EACH, orders: 3 }, 'redis');
    expect(variables).toMatchObject({
      web: { CATALOGUE_CACHE: 'near' },
      orders: { ORDER_CACHE: 'write-through' },
      inventory: { STOCK_CACHE: 'write-through' },
    });
    expect(notes).toEqual([]);
  });

  it('is refused when it is asked for what several processes cannot honour', () => {
    expect(() => planCaching({ stock: 'write-through' }, { ...ONE_OF_EACH, inventory: 2 }, 'memory')).toThrow(
      /stock=write-through: 2 processes of inventory do not share their memory/,
    );
  });

  it.each([
    ['basket=lazy', '"basket" is nothing that is cached: catalogue, cart, stock, session, order.'],
    ['stock=near', '"stock=near" must be stock= with one of write-through, lazy, none.'],
    ['order', '"order" must be order= with one of'],
  ])('is not understood as "%s"', (text, fault) => {
    expect(() => parseCaching(text)).toThrow(fault);
  });
});
