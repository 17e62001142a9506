import { parseReplicas } from './service-plan.js';

describe('parseReplicas', () => {
  it('changes the services it names and leaves one of each other', () => {
    expect(parseReplicas('web=2, orders=0')).toEqual({ web: 2, orders: 0, inventory: 1, sessions: 1, notifier: 1 });
  });

  it.each(['web', 'web=two', 'web=-1', 'web=17'])('refuses the count in "%s"', (text) => {
    expect(() => parseReplicas(text)).toThrow('must be like web=2');
  });

  it('refuses a service that does not exist, and names those that do', () => {
    expect(() => parseReplicas('carts=1')).toThrow(
      '"carts" is no service: web, orders, inventory, sessions, notifier.',
    );
  });
});
