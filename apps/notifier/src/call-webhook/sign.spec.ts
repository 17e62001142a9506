import { sign } from './sign.js';

describe('The signature of a webhook', () => {
  it('is that of the reference libraries of Standard Webhooks', () => {
    // The example of the reference libraries' own tests.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(sign(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('takes a secret without prefix as it is', () => {
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64').toString('latin1');
    expect(sign('plain secret of the shop', 'msg_1', 1, '{}')).not.toBe(sign(key, 'msg_1', 1, '{}'));
    expect(sign('plain secret of the shop', 'msg_1', 1, '{}')).toBe(
      sign(`whsec_${Buffer.from('plain secret of the shop').toString('base64')}`, 'msg_1', 1, '{}'),
    );
  });
});
