import { SecretBox } from './secret-box.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('A sealed secret', () => {
  const box = new SecretBox('a key of thirty-two characters or more');
  const sealed = box.seal(SECRET, 'subscription 1');

  it('opens with the same key, for the same subscription', () => {
    expect(new SecretBox('a key of thirty-two characters or more').open(sealed, 'subscription 1')).toBe(SECRET);
  });

  it('looks different each time', () => {
    expect(box.seal(SECRET, 'subscription 1').equals(sealed)).toBe(false);
    expect(sealed.toString('latin1')).not.toContain('MfKQ');
  });

  it('does not open with another key, for another subscription, or when it was changed', () => {
    const changed = Buffer.from(sealed);
    changed[changed.length - 1]! ^= 1;
    expect(() => new SecretBox('another key of thirty-two characters').open(sealed, 'subscription 1')).toThrow();
    expect(() => box.open(sealed, 'subscription 2')).toThrow();
    expect(() => box.open(changed, 'subscription 1')).toThrow();
  });
});
